package kernel

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestCompletion: a fresh kernel completes names of the standard library, of our packages and of earlier cells, shows a
// function's doc comment as help, and takes its language server along when it ends.
func TestCompletion(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	where := isolate(t)
	j := startJupyter(t, setup, where)
	j.do(order{Do: "start"})

	// GoNB as it comes does not answer in its first 12 seconds, and no cell runs meanwhile.
	began := time.Now()
	j.do(order{Do: "complete", Code: "%%\nfmt.Pri"})
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the first completion took %v", took)
	}
	const imports = "import (\n\t\"fmt\"\n\n\t\"" + Module + "/kernel/cell/inline\"\n)\n\n"
	if a := j.do(order{Do: "run",
		Code: imports + "func twice(n int) int { return 2 * n }\n\n%%\nfmt.Println(twice(21))"}); a.Said != "42\n" {
		t.Fatalf("the cell said %q, want 42", a.Said)
	}
	for code, want := range map[string]string{
		"%%\nfmt.Pri":                       "Println",
		imports + "%%\ninline.Sho":          "ShowSized",
		"%%\nfmt.Println(twi":               "twice",
		"%%\nx := 1\nif x > 0 {\n\tfmt.Sca": "Scanf",
	} {
		if got := j.do(order{Do: "complete", Code: code}).Matches; !slices.Contains(got, want) {
			t.Errorf("%q is completed with %q, want %s among them", code, got, want)
		}
	}
	for code, want := range map[string]string{
		imports + "%%\ninline.Sho^w(nil)": "Show puts p below the running cell",
		"%%\nfmt.Println(twi^ce(2))":      "func twice(n int) int",
		"%%\nfmt.Print^ln(twice(2))":      "Println formats using the default formats",
	} {
		if got := j.do(order{Do: "inspect", Code: code}).Said; !strings.Contains(got, want) {
			t.Errorf("the help on %q is %q, want %q in it", code, got, want)
		}
	}
	j.do(order{Do: "shutdown"})
	j.kill()
	where.expectEmpty(t, "after the shutdown")
}
