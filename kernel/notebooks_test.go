package kernel

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestNotebooks runs every notebook of the checkout as it is, with the reduced settings that it takes from MAESTRO_QUICK:
// none of its cells fails, each that shows figures shows them, and they are on the page, which loads nothing from elsewhere.
// A notebook that is added to the folder is tested by that alone.
func TestNotebooks(t *testing.T) {
	if testing.Short() {
		t.Skip("executes every notebook, which takes minutes")
	}
	setup := prepared(t)
	// Copies, since cells write beside the notebook's folder.
	dir := filepath.Join(t.TempDir(), "notebooks")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(setup.Root(), "notebooks"))); err != nil {
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
			out := t.TempDir()
			if _, err := setup.Run(t.Context(), book, RunOptions{Out: out, CellTimeout: 5 * time.Minute}); err != nil {
				t.Fatal(err)
			}
			figures := 0
			for i, cell := range readCells(t, filepath.Join(out, name+".ipynb")) {
				shown := 0
				for _, o := range cell.Outputs {
					if o.Data["image/png"] != nil && o.Data["image/svg+xml"] != nil {
						shown++
					}
				}
				if shown < strings.Count(string(cell.Source), "plots.Show(") {
					t.Errorf("the cell at place %d shows %d figures, fewer than it has calls of plots.Show", i, shown)
				}
				figures += shown
			}
			page := read(t, filepath.Join(out, name+".html"))
			if onPage := len(pictures.FindAllString(page, -1)); onPage != figures || figures == 0 {
				t.Errorf("%d figures are on the page, and %d in the notebook", onPage, figures)
			}
			if strings.Contains(page, `\lambda`) || strings.Contains(page, `\frac`) {
				t.Error("a formula on the page is TeX")
			}
			loadsNothing(t, page)
		})
	}
}

// pictures matches a figure that is in the page itself, of a size that a real one has.
var pictures = regexp.MustCompile(`<img [^>]*src="data:image/(?:svg\+xml|png);base64,[A-Za-z0-9+/=\n]{1000}`)

// loadsNothing fails the test where a browser would fetch something for the page.
func loadsNothing(t *testing.T, page string) {
	t.Helper()
	for _, loads := range regexp.MustCompile(`(?i)<script[^>]*>|<link [^>]*>|src="[^d][^"]{0,80}|@import[^;]*|url\(['"]?http[^)]*`).FindAllString(page, -1) {
		t.Errorf("the page loads %s", loads)
	}
}

// executedCell is a cell of an executed notebook.
type executedCell struct {
	Type    string `json:"cell_type"`
	Source  lines
	Outputs []output
}

func readCells(t *testing.T, path string) []executedCell {
	t.Helper()
	var book struct{ Cells []executedCell }
	if err := json.Unmarshal([]byte(read(t, path)), &book); err != nil {
		t.Fatal(err)
	}
	return book.Cells
}
