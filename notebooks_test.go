package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNotebooks runs every notebook of the checkout as it is, with the reduced settings that it takes from MAESTRO_QUICK:
// none of its cells fails, each that shows figures shows them, and they are on the page, as are its formulas. A notebook
// that is added to the folder is tested by that alone. Those that take longest run with MAESTRO_LONG=1; that the packages
// have what their cells use is seen without running them.
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
	for _, book := range books {
		name := strings.TrimSuffix(filepath.Base(book), ".ipynb")
		t.Run(name, func(t *testing.T) {
			if !quickNotebooks[name] && os.Getenv("MAESTRO_LONG") == "" {
				compiles(t, book)
				t.Skip("its cells compile; they are run with MAESTRO_LONG=1")
			}
			stem := filepath.Join(t.TempDir(), name)
			var out, progress capture
			code := run(t.Context(), []string{"notebook", "run", "--cell-timeout", "5m", "--out", filepath.Dir(stem), book}, console{out: &out, err: &progress})
			if want := stem + ".ipynb\n" + stem + ".html\n"; code != 0 || string(out) != want {
				t.Fatalf("status %d, and it printed %q, want %q; it said:\n%s", code, out, want, progress)
			}
			figures := 0
			for i, cell := range executedCells(t, stem+".ipynb") {
				shown := 0
				for _, o := range cell.Outputs {
					if o.Data["image/png"] != nil && o.Data["image/svg+xml"] != nil {
						shown++
					}
				}
				if calls := strings.Count(strings.Join(cell.Source, ""), "plots.Show("); shown < calls {
					t.Errorf("the cell at place %d shows %d figures and calls plots.Show %d times", i, shown, calls)
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

// quickNotebooks are run by every test: a study inside one XLA program, and one that trains networks into run folders, with a
// live figure, a table, pictures and files. Tests of the packages run the other studies.
var quickNotebooks = map[string]bool{"02-pca": true, "04-rank-dynamics": true}

// compiles fails the test unless a notebook's cells compile, all as one package that is nowhere but in the overlay.
func compiles(t *testing.T, book string) {
	t.Helper()
	var imports, code []string
	for i, cell := range executedCells(t, book) {
		if cell.Type != "code" {
			continue
		}
		place := fmt.Sprintf("//line %s, cell at place %d:1", filepath.Base(book), i)
		code = append(code, place)
		inImport, inMain := false, false
		for line := range strings.SplitSeq(strings.Join(cell.Source, ""), "\n") {
			switch {
			case inImport || strings.HasPrefix(line, "import "):
				imports, line = append(imports, line), ""
				inImport = strings.HasSuffix(imports[len(imports)-1], "(") || inImport && imports[len(imports)-1] != ")"
			case strings.HasPrefix(line, "%%"):
				inMain, line = true, "func _() {"
			}
			code = append(code, line)
		}
		if inMain {
			code = append(code, "}")
		}
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "cells.go")
	text := "package cells\n" + strings.Join(imports, "\n") + "\n" + strings.Join(code, "\n") + "\n"
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "notebooks", "cells", "cells.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(file, []byte(text), 0o644), os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o644)); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "./notebooks/cells")
	if said, err := build.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", filepath.Base(book), err, said)
	}
}

// picture matches a figure that is in the page itself, of a size that a real one has.
var picture = regexp.MustCompile(`<img [^>]*src="data:image/(?:svg\+xml|png);base64,[A-Za-z0-9+/=\n]{1000}`)

// executedCell is a cell of a notebook, executed or not.
type executedCell struct {
	Type    string `json:"cell_type"`
	Source  []string
	Outputs []struct{ Data map[string]json.RawMessage }
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
