package live

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestHollow: a cell that has the libraries' names alone uses them as a program does that has all of them.
func TestHollow(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	n.run("1")
	n.check([]step{
		// Functions of the assembler's, by both calling conventions.
		{"os.Getpid()", fmt.Sprintf("=%d\n", n.session.Pid())},
		{"os.Getppid(), os.Getpagesize() > 0", fmt.Sprintf("=%d true\n", os.Getpid())},
		{"math.Floor(2.5), math.Sqrt(9), math.FMA(2, 3, 4)", "=2 3 10\n"},
		{"time.Since(time.Now()) < time.Second", "=true\n"},
		// Variables of a library are the process's, for the library too.
		{"os.Args = []string{\"changed\"}\nlog.SetFlags(0)\nlog.SetPrefix(\"p: \")", ""},
		{"log.SetOutput(os.Stdout)\nlog.Print(log.Prefix(), log.Flags())", "p: p: 0\n"},
		// Types: a library knows a cell's by its methods, and a cell a library's by its identity.
		{"type level int\nfunc (l level) String() string { return strings.Repeat(\"+\", int(l)) }\nfunc (l level) " +
			"MarshalText() ([]byte, error) { return []byte(\"L\" + l.String()), nil }\nfmt.Println(level(3), " +
			"[]level{1, 2})", "+++ [+ ++]\n"},
		{"b, err := json.Marshal(map[string]any{\"a\": level(2), \"b\": time.Duration(5)})\nstring(b), err",
			"={\"a\":\"L++\",\"b\":5} <nil>\n"},
		{"var number json.Number\njson.Unmarshal([]byte(\"12\"), &number)\nnumber, number + \"0\"", "=12 120\n"},
		{"var e *os.PathError\n_, err := os.Open(\"/no/such\")\nerrors.As(err, &e), e.Op, errors.Is(err, " +
			"os.ErrNotExist)", "=true open true\n"},
		{"switch any(err).(type) {\ncase *json.SyntaxError:\n\tfmt.Println(\"syntax\")\ncase " +
			"*os.PathError:\n\tfmt.Println(\"path\")\n}", "path\n"},
		{"type named struct{ *strings.Builder; sync.Mutex }\nv := named{Builder: " +
			"&strings.Builder{}}\nv.Lock()\nfmt.Fprint(v, \"through\", 1)\nv.Unlock()\nv.String(), v.Len()",
			"=through1 8\n"},
		{"var w interface{ Len() int; String() string } = v\nw.Len()", "=8\n"},
		// Generic functions of a library, with a cell's types and a library's; functions as values; what panics
		// inside a library.
		{"import \"slices\"\nlevels := []level{3, 1, 2}\nslices.Sort(levels)\nlevels, slices.Max(levels), " +
			"slices.IndexFunc(levels, func(l level) bool { return l == 2 })", "=[+ ++ +++] +++ 1\n"},
		{"import \"maps\"\nfmt.Println(slices.Sorted(maps.Keys(map[time.Duration]int{5: 1, 2: 2})))", "[2ns 5ns]\n"},
		{"f := strings.ToUpper\ng := (*strings.Builder).Len\nf(\"x\"), g(v.Builder)", "=X 8\n"},
		{"var once sync.Once\nfor range 3 { once.Do(func() { fmt.Println(\"once\") }) }", "once\n"},
		{"func safely(f func()) (caught any) {\n\tdefer func() { caught = recover() }()\n\tf()\n\treturn " +
			"nil\n}\nfmt.Println(safely(func() { strings.Repeat(\"x\", -1) }))", "strings: negative Repeat count\n"},
		{"var pool = sync.Pool{New: func() any { return new(level) }}\nrow := pool.Get().(*level)\nlen(row.String())",
			"=0\n"},
		// A package that the process does not have comes whole, and is one for all cells.
		{"import \"container/ring\"\nr := ring.New(3)\nr.Len()", "=3\n"},
		{"r.Value, r.Next().Value = 1, 2\nr.Do(func(v any) { fmt.Print(v, \" \") })\nany(r).(*ring.Ring) == r.Move(3)",
			"1 2 <nil> =true\n"},
		// What one cell alone declares and does not use is there for the next.
		{"func unused(n int) string { return fmt.Sprint(\"used\", n) }\nvar idle = []string{\"a\"}\ntype plain " +
			"struct{ A, B int }\nfunc (p *plain) swap() { p.A, p.B = p.B, p.A }", ""},
		{"p := plain{1, 2}\np.swap()\nunused(len(idle)), p", "=used1 {A:2 B:1}\n"},
	}...)
	for _, plugin := range n.plugins() { // c21 has package ring
		info, err := os.Stat(plugin)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 1<<20 && !strings.HasSuffix(plugin, "c21.so") {
			t.Errorf("%s has %d bytes: it has libraries in it that the process has", plugin, info.Size())
		}
	}
}

// TestForeignPackage: a large package that the process does not have, with packages that it has and others, is
// initialised once.
func TestForeignPackage(t *testing.T) {
	testmode.Long(t, "compiles net/http, and what it imports, for plugins")
	t.Parallel()
	n := newNotebook(t)
	n.check([]step{
		{"import \"expvar\"\nexpvar.NewInt(\"counted\").Add(2)", ""},
		{"expvar.Get(\"counted\").(*expvar.Int).Add(3)", ""},
		{"expvar.Get(\"counted\").String()", "=5\n"},
		{"import \"net/http\"\n_, pattern := http.DefaultServeMux.Handler(&http.Request{Method: \"GET\", URL: " +
			"&url.URL{Path: \"/debug/vars\"}})\npattern", "=GET /debug/vars\n"},
	}...)
}
