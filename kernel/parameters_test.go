package kernel

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

const parametersCell = `import (
	"os"
	"time"
)

const (
	epochs = 3
	lr     = 0.1
)

var name, title = "a", "b" // two at once are none

var (
	full     bool
	limit    = 5 * time.Second
	wait     time.Duration
	width    int8 = 3
	share    float32 = 1
	host     = os.Getenv("HOST") // of a type that cannot be told
	data     string = os.Getenv("DATA")
	labels   = []string{"a"}
)

%%
println(epochs)
`

// TestInject: a parameter is declared anew with its own type; what the notebook does not have, and what does not fit,
// is an error of one line that says what would.
func TestInject(t *testing.T) {
	book := notebookFile{path: "x.ipynb", cells: []notebookCell{{source: "# Title"},
		{code: true, source: parametersCell, tags: []string{parametersTag}}}}
	tests := map[string]struct{ want, fails string }{
		"epochs=5":        {"const epochs = 5", ""},
		"epochs=-0x10":    {"const epochs = -0x10", ""},
		"lr=1":            {"const lr = 1.0", ""},
		"lr=3e-5":         {"const lr = 3e-05", ""},
		"share=2":         {"var share float32 = 2.0", ""},
		"full=true":       {"var full bool = true", ""},
		"limit=90s":       {"var limit = time.Duration(90000000000) // 1m30s", ""},
		"wait=1h":         {"var wait time.Duration = time.Duration(3600000000000) // 1h0m0s", ""},
		"width=-128":      {"var width int8 = -128", ""},
		`data=a;b="c",=λ`: {`var data string = "a;b=\"c\",=λ"`, ""},
		"data=":           {`var data string = ""`, ""},
		"width=128":       {"", "128 does not fit the parameter width, of type int8"},
		"epochs=1.5":      {"", `the parameter epochs is a whole number, which "1.5" is not`},
		"epochs=5; panic": {"", "is a whole number"},
		"epochs=--5":      {"", "is a whole number"},
		"epochs=":         {"", "is a whole number"},
		"lr=NaN":          {"", `the parameter lr is a number, which "NaN" is not`},
		"lr=1e999":        {"", "is a number"},
		"full=1":          {"", `the parameter full is true or false, which "1" is not`},
		"limit=3":         {"", `the parameter limit is a duration such as 90s or 1h30m, which "3" is not`},
		"epchs=5": {"",
			"x.ipynb has no parameter epchs; it has data, epochs, full, limit, lr, share, wait, width"},
		"host=a":            {"", "no parameter host"},
		"name=a":            {"", "no parameter name"},
		"labels=a":          {"", "no parameter labels"},
		"epochs":            {"", `the parameter "epochs" has no value: write name=value`},
		"epochs=5&epochs=6": {"", "the parameter epochs is set twice"},
	}
	for setting, test := range tests {
		t.Run(setting, func(t *testing.T) {
			got, err := book.inject(strings.Split(setting, "&"))
			switch {
			case test.fails != "":
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Fatalf("the error is %v, want %q in it", err, test.fails)
				}
				oneLine(t, err)
			case err != nil:
				t.Error(err)
			default:
				want := injection{After: 1, Source: "// Parameters of this run.\n" + test.want}
				if diff := cmp.Diff(&want, got); diff != "" {
					t.Errorf("the cell (-want +got):\n%s", diff)
				}
			}
		})
	}
	if got, err := book.inject(nil); got != nil || err != nil {
		t.Errorf("no settings: %v, %v", got, err)
	}
	book.cells[1].tags = nil
	if _, err := book.inject([]string{"epochs=5"}); err == nil ||
		!strings.Contains(err.Error(), "no code cell of it is tagged parameters") {
		t.Errorf("without a cell of parameters: %v", err)
	}
}

// TestParametersRun: later cells see the values of this run, of their own types; those that were not set, and what
// the cell read from the environment, stay; the executed notebook shows the cell that was put in, and run again with
// others shows only theirs. An error counts the cells of the source.
func TestParametersRun(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	const later = "import \"fmt\"\n\n%%\nvar single float32 = lr\nfmt.Println(epochs/2, single, full, limit, wait, " +
		"width, data)"
	source := writeCells(t, "study.ipynb", bookCell{source: parametersCell, tags: []string{parametersTag}},
		bookCell{source: later}, bookCell{source: "%%\npanic(\"third\")"})
	book := source
	for _, run := range []struct {
		set  []string
		want string
	}{
		{[]string{"epochs=5", "lr=1", "full=true", "limit=90s", "data=a b"}, "2 1 true 1m30s 0s 3 a b\n"},
		{[]string{"width=7"}, "1 0.1 false 5s 0s 7 \n"},
	} {
		if book != source && !testmode.IsLong() {
			break // the second time, over what the first put in
		}
		o := RunOptions{Out: t.TempDir(), Formats: []string{"ipynb"}, Parameters: run.set}
		_, err := setup.Run(t.Context(), book, o)
		if err == nil || !strings.Contains(err.Error(), ": cell 3, line 2: panic: third") {
			t.Errorf("Run: %v, want the panic of the third cell", err)
		}
		book = filepath.Join(o.Out, "study.ipynb")
		if got := printed(readOutputs(t, book)); len(got) != 4 || got[2] != run.want {
			t.Errorf("with %q the cells print %q, want %q in the third of four", run.set, got, run.want)
		}
		executed, err := readNotebook(book)
		if err != nil || !executed.cells[1].tagged(injectedTag) {
			t.Errorf("the second cell is %+v (%v), want the one that was put in", executed.cells[1], err)
		}
	}
}
