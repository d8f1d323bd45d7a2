package kernel

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// stream is what one stream said in a row.
type stream struct{ Name, Text string }

// streams are what a cell wrote, in the order and the pieces that the notebook keeps.
func streams(outputs []output) (all []stream) {
	for _, o := range outputs {
		if o.Type == "stream" {
			all = append(all, stream{o.Name, string(o.Text)})
		}
	}
	return all
}

// TestStreams: what cells and commands write is in the notebook whole and as it was written: a log's lines that name
// a place in the code, letters of more than a byte in large outputs, words of one line that come one by one; and a
// program that reads its standard input finds its end.
func TestStreams(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	const imports = "import (\n\t\"fmt\"\n\t\"log\"\n\t\"log/slog\"\n\t\"os\"\n\t\"strings\"\n\t\"time\"\n\n\t\"k8s.io/klog/v2\"\n)\n\n" +
		"var (\n\t_ = fmt.Print\n\t_ = log.Print\n\t_ = slog.Info\n\t_ = os.Exit\n\t_ = strings.Cut\n\t_ " +
		"time.Time\n\t_ = klog.Info\n)\n"
	letters := "x" + strings.Repeat("λ", 50_000) // pieces are of 32 KiB, an even number
	tests := []struct {
		cell string
		want []stream // regular expressions
	}{
		{imports, nil},
		{"%%\nlog.SetFlags(log.LstdFlags | log.Lshortfile)\nlog.Println(\"epoch 1 done\")",
			[]stream{{"stderr", `\d\d:\d\d:\d\d cell\[\d+\]:3: epoch 1 done\n`}}},
		{"%%\nklog.Info(\"epoch 2 done\")", []stream{{"stderr", `cell\[\d+\]:2\] epoch 2 done\n`}}},
		{"%%\nslog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{AddSource: true})).Info(\"done\")",
			[]stream{{"stderr", `cell\[\d+\]:2 msg=done\n`}}},
		{"%%\nfmt.Print(\"x\" + strings.Repeat(\"λ\", 50_000))", []stream{{"stdout", "^" + letters + "$"}}},
		{"%%\nfmt.Fprint(os.Stderr, \"x\" + strings.Repeat(\"λ\", 50_000))", []stream{{"stderr", "^" + letters + "$"}}},
		{"!printf x; for i in $(seq 5); do printf 'λ%.0s' $(seq 10000); done",
			[]stream{{"stdout", "^" + letters + "$"}}},
		{"!printf 'half \\316'", []stream{{"stdout", "^half \uFFFD$"}}}, // what is no text comes too
		{"%%\nfmt.Print(\"loss \")\ntime.Sleep(200 * time.Millisecond)\nfmt.Print(\"0.5\\n\")\ntime.Sleep(500 * " +
			"time.Millisecond)\n" +
			"fmt.Fprintln(os.Stderr, \"aside\")\ntime.Sleep(500 * time.Millisecond)\nfmt.Println(\"after\")",
			[]stream{{"stdout", "^loss 0.5\n$"}, {"stderr", "^aside\n$"}, {"stdout", "^after\n$"}}},
		{"%%\nvar n int\n_, err := fmt.Scanln(&n)\nfmt.Println(n, err)", []stream{{"stdout", "^0 EOF\n$"}}},
		{"!read answer; echo status $?", []stream{{"stdout", "^status 1\n$"}}},
	}
	var sources []string
	for _, test := range tests {
		sources = append(sources, test.cell)
	}
	// A log's line is no part of a failure that comes after it.
	sources = append(sources, "%%\nlog.SetFlags(log.Lshortfile)\nlog.Println(\"before\")\n\npanic(\"no\")")
	book := writeNotebook(t, "streams.ipynb", sources...)
	out := t.TempDir()
	_, err := setup.Run(t.Context(), book, RunOptions{Out: out, Formats: []string{"ipynb"}})
	if want := fmt.Sprintf("%s: cell %d, line 5: panic: no", book, len(sources)); err == nil || err.Error() != want {
		t.Errorf("Run: %v\nwant %s", err, want)
	}
	cells := readOutputs(t, filepath.Join(out, "streams.ipynb"))
	for i, test := range tests {
		got := streams(cells[i])
		same := slices.EqualFunc(got, test.want, func(got, want stream) bool {
			return got.Name == want.Name && (got.Text == strings.Trim(want.Text, "^$") ||
				regexp.MustCompile(want.Text).MatchString(got.Text))
		})
		if !same {
			t.Errorf("%q wrote %.300q", test.cell, got)
		}
	}
}

// TestEveryLine: of a cell that prints more than a client takes in while it runs, all lines are in the notebook.
func TestEveryLine(t *testing.T) {
	testmode.Long(t, "two million lines of one cell")
	setup := prepared(t)
	out := t.TempDir()
	const n = 2_000_000
	book := writeNotebook(t, "many.ipynb",
		fmt.Sprintf("import \"fmt\"\n\n%%%%\nfor i := range %d {\n\tfmt.Println(i)\n}", n))
	if _, err := setup.Run(t.Context(), book, RunOptions{Out: out, Formats: []string{"ipynb"}}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(printed(readOutputs(t, filepath.Join(out, "many.ipynb")))[0])
	if len(lines) != n || lines[n-1] != fmt.Sprint(n-1) {
		t.Errorf("%d of %d lines are in the notebook", len(lines), n)
	}
}

// TestPictures: pictures that Markdown and outputs name are in the page, whatever their names; in the place of one
// that is not there, or that the page would have to fetch, is a word, and the run warns of it.
func TestPictures(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	book := writeCells(t, "study.ipynb",
		bookCell{kind: "markdown", source: "![ranks](ranks.png) ![blank](a%20blank.png) <img width=10 " +
			"src='sub/ranks.svg'>\n\n<p><IMG alt=\"x\" SRC=\"ranks.png\"></p>"},
		bookCell{kind: "markdown",
			source: "![gone](gone&here.png) ![far](https://example.com/far.png)\n\n`<img src='code.png'>`"},
		bookCell{source: "import \"github.com/janpfeifer/gonb/gonbui\"\n\n%%\ngonbui.DisplayHTML(`<img " +
			"src=\"ranks.png\">`)\ngonbui.Sync()"})
	dir := filepath.Dir(book)
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"ranks.png": "one", "a blank.png": "two", "sub/ranks.svg": "three"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var warnings []string
	out := t.TempDir()
	o := RunOptions{Out: out, Formats: []string{"html"},
		Warn: func(what string) { warnings = append(warnings, strings.TrimPrefix(what, book)) }}
	if _, err := setup.Run(t.Context(), book, o); err != nil {
		t.Fatal(err)
	}
	page := read(t, filepath.Join(out, "study.html"))
	for data, want := range map[string]struct {
		kind string
		n    int
	}{"one": {"png", 3}, "two": {"png", 1}, "three": {"svg+xml", 1}} {
		uri := "data:image/" + want.kind + ";base64," + base64.StdEncoding.EncodeToString([]byte(data)) + `"`
		if got := strings.Count(strings.ReplaceAll(page, "'", `"`), uri); got != want.n {
			t.Errorf("%s is on the page %d times, want %d", uri, got, want.n)
		}
	}
	loadsNothing(t, page)
	want := []string{": the picture gone&here.png is not there",
		": the picture https://example.com/far.png is elsewhere, and the page loads nothing"}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if !strings.Contains(page, "[the picture gone&amp;here.png is not there]") || !strings.Contains(page, "code.png") {
		t.Error("the page has no word in the place of a picture that is not there, or code was taken for one")
	}
}

// TestOrderOfOutputs: what a cell prints and what it shows, by different ways to the page, stand in the order of the
// code.
func TestOrderOfOutputs(t *testing.T) {
	t.Parallel()
	j := startJupyter(t, prepared(t), isolate(t))
	j.do(order{Do: "start"})
	code := "for i := range 20 {\n\tfmt.Println(\"before\", i)\n\tif err := (cell.Table{Header: []string{\"a\"}, " +
		"Rows: [][]any{{i}}}).Show(); err != nil {\n\t\tpanic(err)\n\t}\n}"
	seen := j.do(order{Do: "run", Code: code}).Seen
	if len(seen) != 40 {
		t.Fatalf("%d outputs, want 40: %q", len(seen), seen)
	}
	for i := 0; i < len(seen); i += 2 {
		number := fmt.Sprint(i / 2)
		if seen[i] != "before "+number+"\n" || !strings.Contains(seen[i+1], "a\n") ||
			!strings.HasSuffix(seen[i+1], number+"\n") {
			t.Errorf("outputs %d and %d are %q and %q", i, i+1, seen[i], seen[i+1])
		}
	}
	j.do(order{Do: "shutdown"})
}
