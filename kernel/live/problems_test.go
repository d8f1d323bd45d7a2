package live

import (
	"errors"
	"strings"
	"testing"
)

// TestProblems has what is wrong with a cell told in one line, at its place in the cell and in the cell's own names.
func TestProblems(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	n.check(step{"type widget struct{ size int }\nfunc (w widget) grow(by int) widget { w.size += by; return w }\nw " +
		":= widget{1}\nx := 1", ""})
	for _, test := range []struct{ code, want string }{
		{"fmt.Println(1)\nfunc f(x int) int {\n\ty := x + nowhere\n\treturn y\n}", "3:11: undefined: nowhere"},
		{"fmt.Println(1)\nfunc f(x int) int {\n\t\tvar s string = \tx\n\treturn len(s)\n}",
			"3:19: cannot use x (variable of type int) as string value in variable declaration"},
		{"var q int = w", "1:13: cannot use w (variable of struct type widget) as int value in variable declaration"},
		{"w.grow(\"x\")", "1:8: cannot use \"x\" (untyped string constant) as int value in argument to w.grow"},
		{"w.shrink(1)", "1:3: w.shrink undefined (type widget has no field or method shrink)"},
		{"v := widget{size: 1, colour: 2}", "1:22: unknown field colour in struct literal of type widget"},
		{"func f(a int, b string) int { return a }\nf(1)",
			"2:4: not enough arguments in call to f; have (number); want (int, string)"},
		{"func dup() {}\nfunc dup() {}", "2:6: dup redeclared in this block"},
		{"a := 1\na := 2", "2:3: no new variables on left side of :="},
		{"var a = 1\na := 2", "2:3: no new variables on left side of :="},
		{"_ := 3", "1:3: no new variables on left side of :="},
		{"func f() { z := 3 }", "1:12: declared and not used: z"},
		{"a := ", "1:6: expected operand, found the end of the cell"},
		{"if x > 0 {", "1:11: expected '}', found the end of the cell"},
		{"fmt.Println(x\n", "1:14: missing ',' before newline in argument list"},
		{"x++\n}", "2:1: this } closes nothing"},
		{"/* open", "1:1: comment not terminated"},
		{"x++ /* open", "1:5: comment not terminated"},
		{"var a = b\nvar b = a", "1:5: initialization cycle for a; a refers to b at 1:5; b refers to a at 2:5"},
		{"type c struct{ c c }", "1:6: invalid recursive type: c refers to itself"},
		{"strings.NoSuch(1)", "1:9: undefined: strings.NoSuch"},
		{"nopackage.F()", "1:1: undefined: nopackage"},
		{"import \"no/such\"", "1:8: package no/such is not in std"},
		{"import (\n\t\"fmt\"\n\t\"example.com/no/such\"\n)",
			"3:2: no required module provides package example.com/no/such"},
		{"import \"math/rand\"\nimport \"math/rand/v2\"", "2:8: math/rand and math/rand/v2 are both called rand: " +
			"give one another name, as in import rand2 \"math/rand/v2\""},
		{"import _ \"embed\"\n\n//go:embed missing.txt\nvar s string",
			"3:1: go:embed: no file matches missing.txt in " + n.session.settings.WorkDir},
		{"func same[T any](x T) T { return x }\nimport \"encoding/binary\"\nhidden := same(binary.LittleEndian)", ""},
		{"hidden", "1:1: undefined: hidden: cell [28] gave it a type that no other cell can name; use it in the " +
			"cell that makes it, or keep it in an interface"},
		{"type widget struct{ size, other int }\nw = widget{1, 2}",
			"2:5: cannot use widget{…} (value of struct type widget) as widget of cell [1] value in assignment" +
				"; cell [30] declares widget anew: run the cells that made values of the old one again"},
	} {
		said := n.run(test.code)
		_, problem, failed := strings.Cut(said, "]:")
		if problem != test.want || failed != (test.want != "") || strings.Contains(said, mark) ||
			strings.Count(said, "\n") > 0 && test.want != "" {
			t.Errorf("cell %d:\n%s\nsays %q, want %q", n.count, test.code, said, test.want)
		}
	}
}

// TestLinkError: a package that was edited between the session's start and the cell that brings one that imports it.
func TestLinkError(t *testing.T) {
	err := linkError(errors.New("link: fingerprint mismatch: example.com/p has 12, import from example.com/q " +
		"expecting 34"))
	if want := "package example.com/p was edited after this session had loaded it; restart the kernel to use it as " +
		"it is now"; err.Error() != want {
		t.Errorf("it says %q, want %q", err, want)
	}
}
