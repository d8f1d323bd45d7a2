package live

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCheck: the cells of a notebook are checked without running any, each with what the ones before it have declared.
func TestCheck(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	tools, err := NewToolchain(t.Context(), Settings{Root: root, Environ: os.Environ(),
		Libraries: []string{"fmt", "os", "strconv", runtimePath}})
	if err != nil {
		t.Fatal(err)
	}
	good := []string{
		"import \"strconv\"\ntype row struct{ name string }\nrows := []row{{\"a\"}}\nfunc (r row) twice() string { " +
			"return r.name + r.name }",
		"!echo a command",
		"rows[0].twice()",
		"n := strconv.Atoi(rows[0].name) // leaves out its error\nos.Exit(n)",
		"n := rows[0].name",
		"fmt.Println(n + \"b\", rows[0].name)",
	}
	if err := tools.Check(t.Context(), good); err != nil {
		t.Error(err)
	}
	if err, want := tools.Check(t.Context(), []string{"fmt.Println(rows)"}), "cell [1]:1:13: undefined: rows"; err == nil ||
		err.Error() != want {
		t.Errorf("a name of another notebook's: the error is %v, want %s", err, want)
	}
	for bad, want := range map[string]string{
		"fmt.Println(rows[0].nme)": "cell [7]:1:21: rows[0].nme undefined (type row has no field or method nme)",
		"n + 1":                    "cell [7]:1:1: invalid operation: n + 1 (mismatched types string and untyped int)",
		"m := n\nk := nobody":      "cell [7]:2:6: undefined: nobody",
		"if {":                     "cell [7]:1:4: missing condition in if statement",
	} {
		if err := tools.Check(t.Context(), append(good[:6:6], bad, "rows = nil")); err == nil || err.Error() != want {
			t.Errorf("%q: the error is %v, want %s", bad, err, want)
		}
	}
}
