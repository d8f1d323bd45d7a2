package live

func (g *generator) deferred() {
	f := g.name("f")
	g.declare("func %s(n int) (result int, err error) {\n\tdefer func() {\n\t\tif r := recover(); r != nil "+
		"{\n\t\t\tresult, err = -1, fmt.Errorf(\"caught %%v\", r)\n\t\t}\n\t}()\n"+
		"\tfor i := range 2 {\n\t\tdefer func() { result += i * 10 }()\n\t}\n\tif n %% 2 == 0 "+
		"{\n\t\tpanic(\"even\")\n\t}\n\treturn n + %s, nil\n}", f, g.inner("n"))
	v, err := g.name("v"), g.name("err")
	g.do("%s, %s := %s(%s)", v, err, f, g.number(1))
	g.do("fmt.Println(%s, %s)", v, err)
	w := g.name("v")
	g.do("%s, %s := %s(%s)", w, err, f, g.number(1))
	g.do("fmt.Println(%s, %s)", w, err)
	g.ints = append(g.ints, v, w)
}

func (g *generator) typeSwitch() {
	s := pick(g, g.structs)
	f := g.name("f")
	g.declare("func %s(x any) string {\n\tswitch y := x.(type) {\n\tcase int, int64:\n\t\treturn fmt.Sprint(\"int "+
		"\", y)\n\tcase %s:\n\t\treturn fmt.Sprint(\"struct \", y.a)\n"+
		"\tcase *%s:\n\t\treturn fmt.Sprint(\"pointer \", y.b)\n\tcase interface{ measure() int }:\n\t\treturn "+
		"fmt.Sprint(\"shape \", y.measure())\n\tcase nil:\n\t\treturn \"nil\"\n"+
		"\tdefault:\n\t\treturn \"other\"\n\t}\n}", f, s.name, s.name)
	args := s.variable + ", " + g.number(1)
	if len(g.shapes) > 0 {
		args += ", " + pick(g, g.shapes)
	}
	g.do("for _, x := range []any{%s, nil, \"s\"} {\n\tfmt.Println(%s(x))\n}", args, f)
}

func (g *generator) recursion() {
	even, odd := g.name("f"), g.name("f")
	g.declare("func %s(n int) bool {\n\tif n <= 0 {\n\t\treturn true\n\t}\n\treturn %s(n - 1)\n}\n\nfunc %s(n int) "+
		"bool {\n\treturn n > 0 && %s(n-1)\n}", even, odd, odd, even)
	g.do("fmt.Println(%s(%d), %s(%d))", even, g.IntN(20), odd, g.IntN(20))
	fib := g.name("c")
	g.do("var %s func(int) int", fib)
	g.do("%[1]s = func(n int) int {\n\tif n < 2 {\n\t\treturn n\n\t}\n\treturn %[1]s(n-1) + %[1]s(n-2)\n}", fib)
	g.do("fmt.Println(%s(%d))", fib, g.IntN(12))
}

func (g *generator) anonymous() {
	v := g.name("a")
	g.do("%s := []struct {\n\tname string\n\tn    int\n}{{\"one\", %s}, {name: \"two\"}}", v, g.number(1))
	g.do("for _, tc := range %s {\n\tfmt.Printf(\"%%s=%%d %%+v\\n\", tc.name, tc.n, tc)\n}", v)
	g.do("%[1]s[1].n = %[2]s\nfmt.Println(%[1]s[0] == %[1]s[1], len(fmt.Sprintf(\"%%+v\", %[1]s[0])))", v, g.number(1))
}

func (g *generator) enumeration() {
	t, a, b := g.name("n"), g.name("N"), g.name("N")
	g.declare("type %s int", t)
	g.declare("const (\n\t%s %s = 1 << iota\n\t%s\n)", a, t, b)
	g.declare("func (n %s) String() string { return []string{\"none\", \"first\", \"second\"}[n] }", t)
	g.do("fmt.Println(%s, %s, %s(0), map[%s]int{%s: 1})", a, b, t, t, b)
}

func (g *generator) results() {
	f, a, b := g.name("f"), g.name("v"), g.name("t")
	g.declare("func %s(xs ...int) (n int, s string) {\n\tfor _, x := range xs {\n\t\tn += x\n\t}\n\ts = "+
		"fmt.Sprint(len(xs), %s)\n\treturn\n}", f, pick(g, g.globals))
	g.do("%s, %s := %s(%s, %s)", a, b, f, g.number(1), g.number(1))
	g.do("%s, _ = %s([]int{%s}...)", a, f, g.number(1))
	g.do("fmt.Println(%s(%s))", f, g.number(1))
	g.ints, g.texts = append(g.ints, a), append(g.texts, b)
}

func (g *generator) methodValues() {
	s := pick(g, g.structs)
	f, h := g.name("c"), g.name("c")
	g.do("%s := %s.grow", f, s.variable)
	g.do("%s := (*%s).grow", h, s.name)
	g.do("fmt.Println(%s(%s), %s(&%s{a: 1}, 2), %s.sum(%s{b: 2}))", f, g.number(1), h, s.name, s.name, s.name)
	g.closures = append(g.closures, f)
}

func (g *generator) selecting() {
	ch := g.name("ch")
	g.do("%s := make(chan string, 1)", ch)
	for range 2 {
		g.do("select {\ncase s := <-%[1]s:\n\tfmt.Println(\"got\", s)\ncase %[1]s <- "+
			"fmt.Sprint(%[2]s):\n\tfmt.Println(\"sent\")\n}", ch, g.number(1))
	}
	g.do("select {\ncase s, ok := <-%s:\n\tfmt.Println(s, ok)\ndefault:\n\tfmt.Println(\"empty\")\n}", ch)
}

func (g *generator) iterator() {
	f := g.name("f")
	g.declare("func %s(n int) func(yield func(int, string) bool) {\n\treturn func(yield func(int, string) bool) "+
		"{\n\t\tfor i := range n {\n\t\t\tif !yield(i, fmt.Sprint(i*%s)) {\n"+
		"\t\t\t\treturn\n\t\t\t}\n\t\t}\n\t}\n}", f, pick(g, g.consts))
	g.do("for i, s := range %s(5) {\n\tif i == 3 {\n\t\tbreak\n\t}\n\t%s += i\n\tfmt.Print(s, \" \")\n}", f,
		pick(g, g.ints))
}

func (g *generator) localTypes() {
	f := g.name("f")
	g.declare("func %s(n int) string {\n\ttype inner struct{ k int }\n\ttype outer struct "+
		"{\n\t\tinner\n\t\terror\n\t}\n\tconst by = iota + 2\n\to := outer{inner{n * by}, nil}\n"+
		"\to.inner.k++\n\treturn fmt.Sprintf(\"%%+v %%d\", o, o.k)\n}", f)
	g.do("fmt.Println(%s(%s))", f, g.number(1))
}
