package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// bookCell is a cell of a notebook that a test writes.
type bookCell struct {
	kind   string // "" for code
	source string
	tags   []string
}

// writeNotebook makes a notebook of code cells and returns its path.
func writeNotebook(t *testing.T, name string, cells ...string) string {
	t.Helper()
	var all []bookCell
	for _, source := range cells {
		all = append(all, bookCell{source: source})
	}
	return writeCells(t, name, all...)
}

// writeCells makes a notebook and returns its path.
func writeCells(t *testing.T, name string, cells ...bookCell) string {
	t.Helper()
	var all []map[string]any
	for i, c := range cells {
		cell := map[string]any{"cell_type": "code", "id": "cell-" + string(rune('a'+i)), "source": c.source,
			"metadata": map[string]any{"tags": c.tags}}
		if c.tags == nil {
			cell["metadata"] = map[string]any{}
		}
		if c.kind != "" {
			cell["cell_type"] = c.kind
		} else {
			cell["outputs"], cell["execution_count"] = []any{}, nil
		}
		all = append(all, cell)
	}
	text, err := json.Marshal(map[string]any{"nbformat": 4, "nbformat_minor": 5, "cells": all,
		"metadata": map[string]any{
			"kernelspec": map[string]string{"name": Name, "display_name": "Go (Maestro)", "language": "go"}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// output is what one cell of an executed notebook shows.
type output struct {
	Type string                     `json:"output_type"`
	Name string                     `json:"name"` // of a stream
	Text lines                      `json:"text"`
	Data map[string]json.RawMessage `json:"data"`
}

// lines is a text that a notebook keeps either whole or line by line.
type lines string

func (l *lines) UnmarshalJSON(text []byte) error {
	var list []string
	if json.Unmarshal(text, &list) == nil {
		*l = lines(strings.Join(list, ""))
		return nil
	}
	return json.Unmarshal(text, (*string)(l))
}

// readOutputs reads an executed notebook's outputs, cell by cell.
func readOutputs(t *testing.T, path string) [][]output {
	t.Helper()
	var book struct {
		Cells []struct{ Outputs []output }
	}
	if err := json.Unmarshal([]byte(read(t, path)), &book); err != nil {
		t.Fatal(err)
	}
	var all [][]output
	for _, cell := range book.Cells {
		all = append(all, cell.Outputs)
	}
	return all
}

// printed is what each cell wrote to its standard output and error.
func printed(cells [][]output) []string {
	var all []string
	for _, outputs := range cells {
		text := ""
		for _, o := range outputs {
			text += string(o.Text)
		}
		all = append(all, text)
	}
	return all
}

func oneLine(t *testing.T, err error) {
	t.Helper()
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has more than one line: %q", err)
	}
}

// TestFailingCell: of a notebook that fails, the error names the cell, the line and the cause in one line; what ran
// before is in both files, and nothing after it ran.
func TestFailingCell(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	const first = "import (\n\t\"fmt\"\n\t\"os\"\n\t\"time\"\n)\n\nvar (\n\t_ = os.Exit\n\t_ time.Time\n)\n\n" +
		"func broken(n int) int {\n\treturn 10 / n\n}\n\n%%\nfmt.Println(\"first ran\")"
	tests := map[string]struct {
		cell    string // the second of three
		timeout time.Duration
		want    CellError
		shown   string // what the failing cell leaves in the notebook, beside the error
	}{
		"a name the compiler does not know": {
			cell: "%%\nfmt.Println(nowhere)\n",
			want: CellError{Line: 2, Text: "undefined: nowhere"},
		},
		"an import that does not exist": {
			cell: "import \"" + Module + "/nowhere\"\n\n%%\nnowhere.Go()\n",
			want: CellError{Line: 1, Text: "no required module provides package " + Module + "/nowhere"},
		},
		"a panic": {
			cell:  "%%\nfmt.Println(\"before\")\n\nvar m map[string]int\nm[\"a\"] = 1\n",
			want:  CellError{Line: 5, Text: "panic: assignment to entry in nil map"},
			shown: "before\n",
		},
		"a panic in a function of an earlier cell": {
			cell: "%%\n\nfmt.Println(broken(0))\n",
			want: CellError{Line: 3, Text: "panic: runtime error: integer divide by zero (in line 13 of cell 1)"},
		},
		"an error that a call returns": {
			cell: "%%\n\nos.Open(\"/nowhere/at all\")\n",
			want: CellError{Text: "open /nowhere/at all: no such file or directory"},
		},
		"a program that ends itself": {
			cell: "%%\nfmt.Fprintln(os.Stderr, \"no such data set\")\nos.Exit(3)\n",
			want: CellError{Text: "no such data set (exit status 3)"},
		},
		"a cell that takes too long": {
			cell:    "%%\nfmt.Println(\"began\")\ntime.Sleep(time.Hour)\n",
			timeout: 8 * time.Second,
			want:    CellError{Text: "it ran longer than the 8 s a cell may take"},
			shown:   "began\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "a panic in a function of an earlier cell" {
				testmode.Long(t, "every way to fail, of which one always runs, others in a session of their own")
			}
			marker := filepath.Join(t.TempDir(), "third-cell-ran")
			book := writeNotebook(t, "study.ipynb", first, test.cell, "%%\nos.WriteFile(\""+marker+"\", nil, 0o644)")
			out := filepath.Join(t.TempDir(), "made", "for", "us")
			_, err := setup.Run(t.Context(), book, RunOptions{Out: out, CellTimeout: test.timeout})
			var got *CellError
			if !errors.As(err, &got) {
				t.Fatalf("Run: %v, want a CellError", err)
			}
			test.want.Notebook, test.want.Cell = book, 2
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("the error (-want +got):\n%s", diff)
			}
			oneLine(t, err)
			if _, err := os.Stat(marker); err == nil {
				t.Error("the cell after the failing one ran")
			}
			cells := readOutputs(t, filepath.Join(out, "study.ipynb"))
			texts := printed(cells)
			if texts[0] != "first ran\n" || !strings.HasPrefix(texts[1], test.shown) || len(cells[2]) != 0 {
				t.Errorf("the executed notebook shows %q; want the first cell's text, then %q, then nothing", texts,
					test.shown)
			}
			if html := read(t, filepath.Join(out, "study.html")); !strings.Contains(html, "first ran") {
				t.Error("the page lacks what the first cell printed")
			}
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFigureInNotebook: a figure shown by a cell is in the executed notebook in three forms, as one output, and on the
// page as a picture; each cell is reported once, in order.
func TestFigureInNotebook(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	book := writeNotebook(t, "figure.ipynb", `import (
	"github.com/janpfeifer/must"
	"gonum.org/v1/plot"

	"`+Module+`/kernel/cell/inline"
)
`, "", `%%
p := plot.New()
p.Title.Text = "Title of the figure"
must.M(inline.Show(p))
`)
	out := t.TempDir()
	type step struct{ Done, Total int }
	var steps []step
	report := func(what string, done, total int) { steps = append(steps, step{done, total}) }
	if _, err := setup.Run(t.Context(), book, RunOptions{Out: out, CellTimeout: time.Minute,
		Report: report}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]step{{0, 2}, {1, 2}}, steps); diff != "" {
		t.Errorf("progress, of which the empty cell is no part (-want +got):\n%s", diff)
	}
	var forms [][]string
	for _, o := range readOutputs(t, filepath.Join(out, "figure.ipynb"))[2] {
		var names []string
		for name, value := range o.Data {
			if len(value) < 20 {
				t.Errorf("%s holds only %s", name, value)
			}
			names = append(names, name)
		}
		slices.Sort(names)
		forms = append(forms, names)
	}
	if diff := cmp.Diff([][]string{{"image/png", "image/svg+xml", "text/plain"}}, forms); diff != "" {
		t.Errorf("the figure's forms (-want +got):\n%s", diff)
	}
	html := read(t, filepath.Join(out, "figure.html"))
	_, body, _ := strings.Cut(html, "jp-OutputArea-output")
	if !strings.Contains(body, "<img") && !strings.Contains(body, "<svg") {
		t.Error("the page has no picture")
	}
}

// TestSkippedCells: a cell that is tagged to be left out is, and the cells after it keep the numbers that a reader
// counts, in what the error says of a cell and of an earlier one.
func TestSkippedCells(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	book := writeCells(t, "skips.ipynb",
		bookCell{source: "import \"fmt\"\n\n%%\nfmt.Println(\"first\")"},
		bookCell{source: "%%\npanic(\"left out\")", tags: []string{"skip-execution"}},
		bookCell{kind: "markdown", source: "# A heading"},
		bookCell{source: "func broken(n int) int {\n\treturn 10 / n\n}\n\n%%\nfmt.Println(\"third\")"},
		bookCell{source: "%%\npanic(\"left out\")", tags: []string{"skip-execution"}},
		bookCell{source: "%%\n\nfmt.Println(broken(0))"})
	_, err := setup.Run(t.Context(), book, RunOptions{Out: t.TempDir(), CellTimeout: time.Minute})
	want := book + ": cell 5, line 3: panic: runtime error: integer divide by zero (in line 2 of cell 3)"
	if err == nil || err.Error() != want {
		t.Errorf("Run: %v\nwant %s", err, want)
	}
}

// TestFormats: a run writes the formats it is asked for and no other; the print is a PDF of the notebook, also of one
// that fails, and formulas are drawn by the browser itself.
func TestFormats(t *testing.T) {
	if findChromium() == "" {
		t.Skip("no Chromium: install Debian's chromium package to test printing")
	}
	t.Parallel()
	setup := prepared(t)
	cells := []bookCell{
		{kind: "markdown", source: "Inline $\\lVert u_b \\rVert_F^2$ and\n\n$$\\frac{1}{r}\\sum_{b=1}^r " +
			"\\lambda_b$$\n\n\\begin{align}x &= 1\\end{align}\n\nand $\\unknown{$."},
		{source: "import \"fmt\"\n\n%%\nfmt.Println(\"of the page\")"},
		{source: "%%\npanic(\"in the middle\")"},
	}
	tests := map[string]struct {
		formats []string
		cells   []bookCell
		want    []string
	}{
		"by default":                   {nil, cells[:2], []string{"study.html", "study.ipynb"}},
		"the print alone":              {[]string{"pdf"}, cells[:2], []string{"study.pdf"}},
		"all":                          {Formats(), cells[:2], []string{"study.html", "study.ipynb", "study.pdf"}},
		"of a notebook with a failure": {[]string{"pdf", "html"}, cells, []string{"study.html", "study.pdf"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "a folder #1")
			paths, err := setup.Run(t.Context(), writeCells(t, "study.ipynb", test.cells...),
				RunOptions{Out: out, Formats: test.formats})
			if failed := len(test.cells) == 3; (err != nil) != failed {
				t.Fatal(err)
			}
			var said, written []string
			for _, path := range paths {
				said = append(said, filepath.Base(path))
			}
			slices.Sort(said)
			entries, err := os.ReadDir(out)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range entries {
				written = append(written, entry.Name())
			}
			if diff := cmp.Diff([][]string{test.want, test.want}, [][]string{said, written}); diff != "" {
				t.Errorf("the files that Run names, and those that are there (-want +got):\n%s", diff)
			}
			for _, path := range paths {
				text := read(t, path)
				switch filepath.Ext(path) {
				case ".pdf":
					if !strings.HasPrefix(text, "%PDF-") || !strings.Contains(text, "Math") || len(text) < 10_000 {
						t.Errorf("%s is no print of the page: %d bytes, which begin %q", path, len(text), text[:8])
					}
				case ".html":
					if n := strings.Count(text, "<math"); n != 3 || !strings.Contains(text, "<mfrac>") ||
						!strings.Contains(text, `<code>\unknown{</code>`) {
						t.Errorf("%d formulas on the page, want 3, and the one that is none as it was written", n)
					}
					loadsNothing(t, text)
				}
			}
		})
	}
	_, err := setup.Run(t.Context(), "any.ipynb", RunOptions{Out: t.TempDir(), Formats: []string{"html", "doc"}})
	if err == nil || err.Error() != `no format "doc"; the formats are ipynb, html, pdf` {
		t.Errorf("an unknown format: %v", err)
	}
}

// loadsNothing fails the test where a browser would fetch something for the page.
func loadsNothing(t *testing.T, page string) {
	t.Helper()
	for _, loads := range regexp.MustCompile(
		`(?i)<script[^>]*>|<link [^>]*>|src="[^d][^"]{0,80}|@import[^;]*|url\(['"]?http[^)]*`).FindAllString(page, -1) {
		t.Errorf("the page loads %s", loads)
	}
}

// TestNoChromium: without a browser, PDF is refused before anything runs.
func TestNoChromium(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if err := (RunOptions{Formats: []string{"pdf"}}).Check(); err == nil ||
		!strings.Contains(err.Error(), "no Chromium on the PATH") {
		t.Errorf("Check: %v", err)
	}
	if err := (RunOptions{}).Check(); err != nil {
		t.Errorf("Check of the default formats: %v", err)
	}
}

// TestRunRefuses: what cannot be run, and a place that cannot be written to, is said in one line that names it.
func TestRunRefuses(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	dir := t.TempDir()
	inTheWay := filepath.Join(dir, "in-the-way")
	text := filepath.Join(dir, "text.ipynb")
	for _, path := range []string{inTheWay, text} {
		if err := os.WriteFile(path, []byte("not a notebook"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	good := writeNotebook(t, "good.ipynb", "%%\nprintln(1)")
	tests := map[string]struct{ book, out, want string }{
		"a notebook that is not there": {filepath.Join(dir, "none.ipynb"), dir, "none.ipynb"},
		"a folder":                     {dir, dir, "is a folder"},
		"a file that is no notebook":   {text, t.TempDir(), "text.ipynb"},
		"its own folder":               {good, filepath.Dir(good), "would be overwritten"},
		"a file where the folder goes": {good, inTheWay, "in-the-way"},
		"a file above the folder":      {good, filepath.Join(inTheWay, "out"), "in-the-way"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := setup.Run(t.Context(), test.book, RunOptions{Out: test.out})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("Run: %v, want an error with %q in it", err, test.want)
			}
			oneLine(t, err)
		})
	}
}

// TestInterruptedRun: an interrupt in the middle of a long cell ends the run at once with an error that says so; what
// ran is kept, and neither a process nor a folder is left.
func TestInterruptedRun(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	where := isolate(t)
	began := filepath.Join(t.TempDir(), "began")
	book := writeNotebook(t, "long.ipynb",
		"import (\n\t\"fmt\"\n\t\"os\"\n\t\"time\"\n)\n\n%%\nfmt.Println(\"first ran\")",
		"%%\nfmt.Println(\"began\")\nos.WriteFile(\""+began+"\", nil, 0o644)\ntime.Sleep(time.Hour)",
		"%%\nfmt.Println(\"after\")")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if _, err := os.Stat(began); err == nil {
				break
			}
		}
		cancel()
	}()
	out := t.TempDir()
	_, err := setup.Run(ctx, book, RunOptions{Out: out, environ: where.settings()})
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Fatalf("Run: %v, want an error that says it was interrupted", err)
	}
	oneLine(t, err)
	where.expectEmpty(t, "after the interrupt")
	said := printed(readOutputs(t, filepath.Join(out, "long.ipynb")))
	// GoNB's own words of the interrupt may come before the notebook is written, or after.
	if len(said) != 3 || said[0] != "first ran\n" || !strings.HasPrefix(said[1], "began\n") || said[2] != "" {
		t.Errorf("the executed notebook says %q", said)
	}
	if html := read(t, filepath.Join(out, "long.html")); !strings.Contains(html, "first ran") {
		t.Error("the page lacks what the first cell printed")
	}
}

// TestInterruptedBeforeItBegan: a run that was interrupted before its first cell does not speak of what it wrote.
func TestInterruptedBeforeItBegan(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := t.TempDir()
	_, err := setup.Run(ctx, writeNotebook(t, "long.ipynb", "%%\nprintln(1)"), RunOptions{Out: out})
	if err == nil || !strings.Contains(err.Error(), "interrupted") || strings.Contains(err.Error(), out) {
		t.Errorf("Run: %v, want an error that says it was interrupted and names no file", err)
	}
}
