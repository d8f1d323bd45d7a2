package live

import (
	"slices"
	"strings"
	"testing"
)

// TestCompletionAndHelp: names of earlier cells and of packages are completed and explained, wherever in a cell that is
// being typed, which is no whole Go yet. The place is where the ^ stands.
func TestCompletionAndHelp(t *testing.T) {
	n := newNotebook(t)
	for _, cell := range []string{"type row struct { name string; count int }\nfunc (r *row) Add(n int) { r.count " +
		"+= n }\nrows := []row{{\"a\", 1}}\nfunc twice(n int) int { return 2 * n }",
		"import \"strings\"\nvar b strings.Builder"} {
		if said := n.run(cell); said != "" {
			t.Fatal(said)
		}
	}
	for code, want := range map[string]string{
		"fmt.Println(twi^":                     "twice",
		"rows[0].^":                            "count",
		"rows[0].A^":                           "Add",
		"for _, r := range rows {\n\tif r.na^": "name",
		"for _, r := range rows {\n\tif r.co^ > 0 {}": "count",
		"b.Wr^":                        "WriteString",
		"x := strings.To^":             "ToUpper",
		"sort.Sl^":                     "Slice",
		"local := 3\nfmt.Println(loc^": "local",
		"q := &rows[0]\nq.^":           "Add",
		"ret^":                         "return",
	} {
		code, at := cursor(code)
		c := n.session.Complete(t.Context(), code, at)
		if !slices.Contains(c.Matches, want) ||
			slices.ContainsFunc(c.Matches, func(m string) bool { return strings.Contains(m, mark) }) {
			t.Errorf("%q is completed with %q, want %s among them", code[:at], c.Matches, want)
		}
	}
	for code, want := range map[string]string{
		"fmt.Println(twi^ce(2))":  "func twice(n int) int\n\ndeclared in cell [1]",
		"row^s":                   "var rows []row",
		"rows[0].Ad^d(1)":         "Add(n int)",
		"strings.ToUp^per(\"a\")": "ToUpper returns s with",
		"fmt.Print^ln(1)":         "Println formats using the default formats",
		"b.WriteString(^":         "WriteString appends the contents of s",
		"strin^gs.ToUpper":        "package strings // strings",
	} {
		code, at := cursor(code)
		if got := n.session.Help(t.Context(), code, at); !strings.Contains(got, want) || strings.Contains(got, mark) {
			t.Errorf("the help on %q is %q, want %q in it", code, got, want)
		}
	}
}

// cursor takes the ^ out of a code and returns where it stood.
func cursor(code string) (string, int) {
	before, after, _ := strings.Cut(code, "^")
	return before + after, len(before)
}
