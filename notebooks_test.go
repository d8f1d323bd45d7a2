package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/kernel"
	"github.com/maestro-lod/notebook/kernel/live"
	"github.com/maestro-lod/notebook/maestro/cli"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestNotebooks runs every notebook of the checkout as it is, with the reduced settings that it takes from
// MAESTRO_QUICK: none of its cells fails, each that has shown figures shows some, and they are on the page, as are
// its formulas. A notebook that is added to the folder is tested by that alone. Those that take longest run with
// MAESTRO_LONG=1; that their cells compile is seen without running them.
func TestNotebooks(t *testing.T) {
	if testing.Short() {
		t.Skip("executes every notebook, which takes a minute or two")
	}
	// Copies, since cells write beside the notebook's folder.
	dir := filepath.Join(t.TempDir(), "notebooks")
	if err := os.CopyFS(dir, os.DirFS("notebooks")); err != nil {
		t.Fatal(err)
	}
	books, err := filepath.Glob(filepath.Join(dir, "*.ipynb"))
	if err != nil || len(books) == 0 {
		t.Fatalf("notebooks in the checkout: %v (%v)", books, err)
	}
	t.Setenv("MAESTRO_QUICK", "1")
	check := checker(t)
	for _, book := range books {
		name := strings.TrimSuffix(filepath.Base(book), ".ipynb")
		t.Run(name, func(t *testing.T) {
			if !quickNotebooks[name] && !testmode.IsLong() {
				if err := check.Cells(t.Context(), codeCells(t, book)); err != nil {
					t.Fatal(err)
				}
				t.Skip("its cells compile; they are run with MAESTRO_LONG=1")
			}
			stem := filepath.Join(t.TempDir(), name)
			var out, progress strings.Builder
			code := cli.Run(t.Context(), []string{"notebook", "run", "--cell-timeout", "5m", "--out",
				filepath.Dir(stem), book}, &out, &progress)
			if want := stem + ".ipynb\n" + stem + ".html\n"; code != 0 || out.String() != want {
				t.Fatalf("status %d, and it printed %q, want %q; it said:\n%s", code, out.String(), want,
					progress.String())
			}
			figures := 0
			before := executedCells(t, book)
			for i, cell := range executedCells(t, stem+".ipynb") {
				shown, want := cell.figures(), len(showing.FindAllString(strings.Join(cell.Source, ""), -1))
				if before[i].figures() > 0 {
					want = max(want, 1)
				}
				if cell.leftOut() {
					want = 0
				}
				if shown < want {
					t.Errorf("the cell at place %d shows %d figures, and %d were expected", i, shown, want)
				}
				figures += shown
			}
			page, err := os.ReadFile(stem + ".html")
			if err != nil {
				t.Fatal(err)
			}
			if onPage := len(picture.FindAll(page, -1)); onPage != figures || figures == 0 {
				t.Errorf("%d figures are on the page, and %d in the notebook", onPage, figures)
			}
			if tex := regexp.MustCompile(`\\(lambda|frac|sum|sigma|lVert)\b`).Find(page); tex != nil {
				t.Errorf("a formula on the page is TeX: it has %s in it", tex)
			}
		})
	}
}

// quickNotebooks are run by every test: one that trains networks into run folders, with a
// live figure, a table, pictures and files. Tests of the packages run the other studies.
var quickNotebooks = map[string]bool{"04-rank-dynamics": true}

// checker knows what the checkout's cells import.
func checker(t *testing.T) kernel.Checker {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	setup, err := kernel.Prepare(t.Context(), root, nil)
	if err != nil {
		t.Fatal(err)
	}
	check, err := setup.Checker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return check
}

// codeCells are the sources of a notebook's cells of code.
func codeCells(t *testing.T, book string) (cells []string) {
	t.Helper()
	for _, cell := range executedCells(t, book) {
		if cell.Type == "code" {
			cells = append(cells, strings.Join(cell.Source, ""))
		}
	}
	return cells
}

// TestNotebooksImportLibraries: the process that cells live in has what notebooks import, so that no cell of theirs waits
// for the compiler to make it.
func TestNotebooksImportLibraries(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps"}, live.Libraries()...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, path := range strings.Fields(string(out)) {
		has[path] = true
	}
	books, err := filepath.Glob(filepath.Join("notebooks", "*.ipynb"))
	if err != nil || len(books) == 0 {
		t.Fatalf("notebooks in the checkout: %v (%v)", books, err)
	}
	imported := 0
	for _, book := range books {
		for _, cell := range codeCells(t, book) {
			for _, match := range importing.FindAllStringSubmatch(cell, -1) {
				imported++
				if !has[match[1]] {
					t.Errorf("%s imports %s, which live.Libraries does not have", book, match[1])
				}
			}
		}
	}
	if imported == 0 {
		t.Error("no notebook imports a package")
	}
}

// importing matches a line that imports a package of a module.
var importing = regexp.MustCompile(`(?m)^\s*(?:import\s+)?(?:[\w.]+\s+)?"([a-z]+\.[a-z]+/[^"\s]+)"$`)

// showing matches a statement of a cell's top level that shows a figure.
var showing = regexp.MustCompile(`(?m)^inline\.Show(Sized|Wide|EachWide)?\(`)

// picture matches a figure that is in the page itself, of a size that a real one has.
var picture = regexp.MustCompile(`<img [^>]*src="data:image/(?:svg\+xml|png);base64,[A-Za-z0-9+/=\n]{1000}`)

// executedCell is a cell of a notebook, executed or not.
type executedCell struct {
	Type    string `json:"cell_type"`
	Source  []string
	Outputs []struct {
		Text []string
		Data map[string]json.RawMessage
	}
}

// figures counts those below the cell.
func (c executedCell) figures() (n int) {
	for _, o := range c.Outputs {
		if o.Data["image/png"] != nil && o.Data["image/svg+xml"] != nil {
			n++
		}
	}
	return n
}

// leftOut tells whether the cell says that it did nothing, since the settings are reduced.
func (c executedCell) leftOut() bool {
	return len(c.Outputs) == 1 && strings.HasPrefix(strings.Join(c.Outputs[0].Text, ""),
		"left out, as MAESTRO_QUICK is set")
}

func executedCells(t *testing.T, path string) []executedCell {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var book struct{ Cells []executedCell }
	if err := json.Unmarshal(text, &book); err != nil {
		t.Fatal(err)
	}
	return book.Cells
}
