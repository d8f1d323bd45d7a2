package live

import "fmt"

// The makers: each adds items of one theme to the program.

func (g *generator) global() {
	v := g.name("v")
	if len(g.ints) == 0 || g.IntN(2) == 0 {
		g.declare("var %s int = %s", v, fmt.Sprint(g.IntN(20)))
	} else {
		w := g.name("v")
		g.declare("var (\n\t%s = %s\n\t%s, %s = %d, \"%s\"\n)", v, g.inner(), w, g.name("t"), g.IntN(9), "txt")
		g.ints, g.globals = append(g.ints, w), append(g.globals, w)
	}
	g.ints, g.globals = append(g.ints, v), append(g.globals, v)
}

func (g *generator) function() {
	f, n := g.name("f"), g.IntN(3)
	params, names := "", []string{}
	for i := range n {
		names = append(names, fmt.Sprintf("x%d", i))
		params += []string{"", ", "}[min(i, 1)] + names[i]
	}
	if n > 0 {
		params += " int"
	}
	body := "return " + g.inner(names...)
	if g.IntN(2) == 0 {
		body = fmt.Sprintf("total := %s\n\tfor i := range 4 {\n\t\tif i == 2 {\n\t\t\tcontinue\n\t\t}\n\t\ttotal += "+
			"i * %s\n\t}\n\t%s++\n\treturn total",
			g.inner(names...), g.inner(names...), pick(g, g.globals))
	}
	g.declare("func %s(%s) int {\n\t%s\n}", f, params, body)
	g.functions[f] = n
}

func (g *generator) structure() {
	s, v := g.name("s"), g.name("v")
	g.declare("type %s struct {\n\ta, b int\n\tName string\n}", s)
	g.declare("func (r %s) sum() int { return r.a + r.b*%s }", s, g.inner("r.a"))
	g.declare("func (r *%s) grow(by int) int {\n\tr.a += by\n\treturn r.a\n}", s)
	if g.IntN(2) == 0 {
		g.do("%s := &%s{a: %d, b: 2, Name: \"n\"}", v, s, g.IntN(9))
	} else {
		g.do("%s := %s{%d, %d, \"m\"}", v, s, g.IntN(9), g.IntN(9))
	}
	g.structs = append(g.structs, structType{s, v})
}

func (g *generator) define() {
	v := g.name("v")
	if g.IntN(2) == 0 {
		g.do("%s := %s", v, g.number(2))
	} else { // with a name that is not new
		g.do("%s, %s := %s, %s", v, pick(g, g.locals()), g.number(2), g.number(1))
	}
	g.ints = append(g.ints, v)
}

// locals are variables that a statement may define anew together with others: those that statements have declared.
func (g *generator) locals() []string {
	own := []string{}
	for _, v := range g.ints {
		isGlobal := false
		for _, o := range g.globals {
			isGlobal = isGlobal || o == v
		}
		if !isGlobal {
			own = append(own, v)
		}
	}
	if len(own) == 0 {
		v := g.name("v")
		g.do("%s := %d", v, g.IntN(9))
		g.ints = append(g.ints, v)
		own = append(own, v)
	}
	return own
}

func (g *generator) assign() {
	a, b := pick(g, g.ints), pick(g, g.ints)
	switch g.IntN(4) {
	case 0:
		g.do("%s, %s = %s, %s", a, b, b, g.number(2))
	case 1:
		g.do("%s += %s", a, g.number(2))
	case 2:
		g.do("%s++", a)
	default:
		s := pick(g, g.structs)
		g.do("%s.a, %s = %s, %s.b", s.variable, a, g.number(1), s.variable)
	}
}

func (g *generator) slice() {
	v := g.name("l")
	g.do("%s := []int{%s, 3: %s}", v, g.number(1), g.number(1))
	g.slices = append(g.slices, v)
	o := pick(g, g.slices)
	g.do("%[1]s = append(%[1]s, %[2]s[1:3]...)", v, o)
	g.do("%s[1], %s[0] = %s, len(%s)", v, v, g.number(2), o)
}

func (g *generator) dictionary() {
	v := g.name("m")
	g.do("var %s = map[string]int{\"p\": %s, \"q\": %s}", v, g.number(1), g.number(1))
	g.maps = append(g.maps, v)
	g.do("if found, ok := %s[\"z\"]; !ok {\n\t%s[\"y\"] = found + %s\n} else {\n\tdelete(%s, \"p\")\n}", v, v,
		g.number(1), v)
}

func (g *generator) closure() {
	f, state := g.name("c"), g.name("v")
	g.do("%s := %s", state, g.number(1))
	g.do("%s := func(x int) int {\n\t%s += x\n\treturn %s - %s\n}", f, state, state, pick(g, g.ints))
	g.ints, g.closures = append(g.ints, state), append(g.closures, f)
}

func (g *generator) pointer() {
	p := g.name("p")
	g.do("%s := &%s", p, pick(g, g.ints))
	g.pointers = append(g.pointers, p)
	g.do("*%s += %s", p, g.number(1))
}

func (g *generator) generic() {
	t, f, v := g.name("g"), g.name("f"), g.name("v")
	g.declare("type %s[T any] struct{ items []T }", t)
	g.declare("func (l *%s[T]) add(v T) *%s[T] {\n\tl.items = append(l.items, v)\n\treturn l\n}", t, t)
	g.declare("func %s[T, U any](from []T, by func(T) U) (to []U) {\n\tfor _, v := range from {\n\t\tto = "+
		"append(to, by(v))\n\t}\n\treturn to\n}", f)
	g.do("%s := (&%s[int]{}).add(%s).add(%s)", v, t, g.number(1), g.number(1))
	g.do("fmt.Println(%s(%s.items, func(i int) string { return fmt.Sprint(i + %s) }), len(%s.items))", f, v,
		g.number(0), v)
}

func (g *generator) embedding() {
	of := pick(g, g.structs)
	t, v := g.name("e"), g.name("v")
	g.declare("type %s struct {\n\t%s\n\textra int\n}", t, of.name)
	g.do("%s := %s{%s{a: %s}, %s}", v, t, of.name, g.number(1), g.number(1))
	g.do("%s.b = %s.grow(%s)", v, v, g.number(1))
	g.do("fmt.Println(%s.a, %s.%s.b, %s.sum(), %s.extra)", v, v, of.name, v, v)
}

func (g *generator) interfaces() {
	if g.shape == "" {
		g.shape = g.name("i")
		g.declare("type %s interface{ measure() int }", g.shape)
	}
	t, v := g.name("d"), g.name("v")
	star := pick(g, []string{"", "*"})
	g.declare("type %s struct{ side int }", t)
	g.declare("func (d %s%s) measure() int { return d.side * %s }", star, t, g.inner("d.side"))
	g.do("var %s %s = %s%s{%s}", v, g.shape, map[string]string{"": "", "*": "&"}[star], t, g.number(1))
	g.shapes = append(g.shapes, v)
	g.do("for i, s := range []%s{%s, %s} {\n\tfmt.Println(i, s.measure())\n}", g.shape, v, pick(g, g.shapes))
}

func (g *generator) goroutines() {
	ch, wg := g.name("ch"), g.name("wg")
	g.do("%s := make(chan int, 4)", ch)
	if g.IntN(2) == 0 {
		g.do("go func() {\n\tfor i := range 4 {\n\t\t%s <- i * %s\n\t}\n\tclose(%s)\n}()", ch, pick(g, g.consts), ch)
		g.do("for v := range %s {\n\tfmt.Print(v, \" \")\n}", ch)
		g.do("func() { v, ok := <-%s; fmt.Println(v, ok) }()", ch)
		return
	}
	g.do("var %s sync.WaitGroup", wg)
	g.do("for i := range 3 {\n\t%[1]s.Add(1)\n\tgo func(n int) {\n\t\tdefer %[1]s.Done()\n\t\t%[2]s <- n * "+
		"n\n\t}(i)\n}\n%[1]s.Wait()", wg, ch)
	g.do("fmt.Println(<-%[1]s + <-%[1]s + <-%[1]s)", ch)
}

func (g *generator) loops() {
	a := pick(g, g.ints)
	label := g.name("outer")
	g.do("%[1]s:\nfor i := 0; i < 4; i++ {\n\tfor j := range 3 {\n\t\tswitch {\n\t\tcase j == 2:\n\t\t\tcontinue "+
		"%[1]s\n\t\tcase i == 3:\n\t\t\tbreak %[1]s\n"+
		"\t\tcase i == 1:\n\t\t\tbreak\n\t\t}\n\t\t%[2]s += i*j + %[3]s\n\t}\n}", label, a, g.number(0))
}

func (g *generator) shadowing() {
	a := pick(g, g.ints)
	g.do("{\n\t%[1]s := %[1]s + 1\n\tif %[1]s := fmt.Sprint(%[1]s); len(%[1]s) > 1 {\n\t\tfmt.Println(%[1]s + "+
		"\"!\")\n\t}\n\t%[1]s *= 2\n\tfmt.Println(%[1]s)\n}", a)
}
