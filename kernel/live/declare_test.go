package live

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDeclarations(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	if err := os.WriteFile(filepath.Join(n.session.settings.WorkDir, "sample.txt"), []byte("sampled\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	n.check([]step{
		// Groups are taken apart, and stand after statements, too.
		{"fmt.Print(\"then \")\nvar (\n\ta = 1\n\t// twice\n\tb = strings.Repeat(\"z\", a+1); c, d " +
			"int\n)\nfmt.Println(a, b, c, d)", "then 1 zz 0 0\n"},
		{"type (\n\tp struct{ q *r }\n\tr struct{ p *p }\n)\nv := p{&r{}}", ""},
		// the types are still the ones they were
		{"type (\n\tp struct{ q *r }\n\tr struct{ p *p }\n)\nv.q.p = &p{}", ""},
		{"var (\n)\na, b", "=1 zz\n"},
		// What a statement defines after a declaration of the same cell is that variable.
		{"var err error\nw, err := strings.NewReader(\"x\").ReadByte()\nfmt.Println(w, err)", "120 <nil>\n"},
		{"w, err := strings.NewReader(\"\").ReadByte()\nw, err", "=0 EOF\n"},
		// An import is left out where it is used in a type alone that nobody writes.
		{"var mu sync.Mutex\nmu.Lock()", ""},
		{"var zero int\nzero++\nzero", "=1\n"},
		{"var zero int\nzero++\nzero", "=1\n"},
		{"mu.Unlock()\nfmt.Println(a)", "1\n"},
		// init functions run after the variables have their values, each time that their cell does.
		{"var base = 5\nfunc init() { fmt.Println(\"init\", base) }\nfunc init() { base++ }\nfmt.Println(base)",
			"init 5\n6\n"},
		{"var base = 5\nfunc init() { fmt.Println(\"init\", base) }\nfunc init() { base++ }\nfmt.Println(base)",
			"init 5\n6\n"},
		{"func init_base() { fmt.Println(\"by its name\", base) }", "by its name 6\n"},
		{"package main\n\nimport \"fmt\"\n\nfunc helper() int { return 4 }\n\nfunc main() " +
			"{\n\tfmt.Println(\"prog\", helper())\n}", "prog 4\n"},
		{"helper()", "=4\n"},
		// Names of packages.
		{"import . \"strings\"\nToUpper(\"dot\")", "=DOT\n"},
		{"ToUpper(\"later\") + Repeat(\"x\", 2)", "=LATERxx\n"},
		{"import . \"fmt\"\nPrintln(\"dotted\")", "dotted\n"},
		{"strings := []string{\"x\"}\nlen(strings)", "=1\n"},
		{"import \"strings\"\nstrings.ToLower(\"X\")", "=x\n"},
		{"import m2 \"math/rand/v2\"\nimport \"math/rand\"\nm2.IntN(1) + rand.Intn(1)", "=0\n"},
		// Files.
		{"//go:embed sample.txt\nvar sample string\nfmt.Print(sample)", "sampled\n"},
		{"import \"embed\"\n//go:embed sample.txt\nvar files embed.FS\nb1, _ := " +
			"files.ReadFile(\"sample.txt\")\nstring(b1)", "=sampled\n\n"},
		// Types that have no name outside of their package.
		{"import \"encoding/binary\"\norder := binary.LittleEndian\norder.Uint16([]byte{1, 2})", "=513\n"},
		{"order.Uint16([]byte{2, 2})", "=514\n"},
		{"func same[T any](x T) T { return x }\na, hidden := 10, same(binary.LittleEndian)\nfmt.Println(hidden)",
			"LittleEndian\n"},
		{"a", "=10\n"},
	}...)
}

func TestFieldsAndTypes(t *testing.T) {
	t.Parallel()
	var numbers []string
	for i := range 2000 {
		numbers = append(numbers, fmt.Sprintln(i))
	}
	newNotebook(t).check([]step{
		{"type celsius = float64\nvar c celsius = 3.5\nc + 1", "=4.5\n"},
		{"type both struct {\n\tinner\n\terror\n}\ntype inner struct{ x int }\nv := both{inner{1}, " +
			"errors.New(\"e\")}\nfmt.Println(v.x, v.inner.x, v.error, v.Error())", "1 1 e e\n"},
		{"v.error, v.inner = nil, inner{x: 2}\nw := both{error: errors.New(\"again\")}\nfmt.Println(w.Error(), " +
			"w.inner, v.x)", "again {0} 2\n"},
		{"func local() string {\n\ttype inner struct{ k int }\n\ttype outer struct{ inner; int }\n\to := " +
			"outer{inner{3}, 4}\n\treturn fmt.Sprintf(\"%+v %d %d\", o, o.k, o.inner.k+o.int)\n}\nlocal()",
			"={inner:{k:3} int:4} 3 7\n"},
		// Texts are those of one program.
		{"s := fmt.Sprintf(\"%+v\", inner{1})\nlen(s), s == \"{x:1}\"", "=5 true\n"},
		{"var b strings.Builder\nfmt.Fprintf(&b, \"%+v\", inner{1})\nb.String() == s, b.Len()", "=true 5\n"},
		{"type user struct {\n\tName string `json:\"name\"`\n\tage int\n}\nj, _ := json.Marshal(user{\"x\", " +
			"3})\nstring(j)", "={\"name\":\"x\"}\n"},
		{"tests := []struct{name string; n int}{{\"one\", 1}, {name: \"two\"}}", ""},
		{"for _, tc := range tests { fmt.Print(tc.name, tc.n, \" \") }\ntests[0] == struct{name string; n " +
			"int}{\"one\", 1}", "one1 two0 =true\n"},
		{"type counter struct{ n int }\nfunc (c *counter) inc() int { c.n++; return c.n }\nfunc (c counter) get() " +
			"int { return c.n }\nk := &counter{}\nf, g, h := k.inc, (*counter).inc, counter.get", ""},
		{"f(); g(k)\nh(*k)", "=2\n"},
		{"type reader interface{ read() string }\ntype rw interface{ reader; write(string) }\ntype mem struct{ s " +
			"string }\nfunc (m *mem) read() string { return m.s }\nfunc (m *mem) write(s string) { m.s = s }\nvar z " +
			"rw = &mem{}\nz.write(\"hey\")", ""},
		{"var r reader = z\nr.read()", "=hey\n"},
		{"x := 5\n{\n\tx := \"a\"\n\tx += \"b\"\n\tfmt.Println(x)\n}\nx", "ab\n=5\n"},
		{"ch := make(chan int, 1)\nvar send chan<- int = ch\nsend <- 3\nout := make(chan bool, 1)\nout <- <-ch == " +
			"3\nv1, ok := <-out\nv1, ok", "=true true\n"},
		// what is shown keeps its place
		{"for i := range 2000 { fmt.Println(i) }\n7", strings.Join(numbers, "") + "=7\n"},
		{"go func() { for i := range 3 { ch <- i }; close(ch) }()\nfor v := range ch { fmt.Print(v, \" \") }\nv2, " +
			"ok := <-ch\nv2, ok", "0 1 2 =0 false\n"},
	}...)
}
