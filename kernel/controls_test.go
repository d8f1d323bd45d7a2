package kernel

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// controlsImports opens a notebook whose cells show figures and what package cell has.
const controlsImports = `import (
	"context"
	"fmt"
	"math"

	"github.com/janpfeifer/must"

	"` + Module + `/kernel/cell"
	"` + Module + `/kernel/cell/inline"
	"` + Module + `/plots"
)

var (
	_ = context.Background
	_ = fmt.Println
	_ = must.M
	_ = cell.Context
	_ = inline.Show
)

// decay makes the figure that a slider of the rate redraws.
func decay(rate float64) plots.Curves {
	c := plots.Curves{}
	for i := range 21 {
		c.Steps = append(c.Steps, i)
	}
	for k := range 6 {
		row := make([]float64, len(c.Steps))
		for i := range row {
			row[i] = math.Exp(-rate * float64(i)) * float64(6-k) + 0.1
		}
		c.Values = append(c.Values, row)
	}
	return c
}

%%
`

// livingCells are one cell of everything that moves or is shown beside figures.
var livingCells = []string{
	controlsImports,
	`%%
live := must.M1(inline.NewLive(plots.Size{}))
defer live.Close()
c := decay(0.3)
for n := 2; n <= len(c.Steps); n++ {
	part := plots.Curves{Steps: c.Steps[:n]}
	for _, row := range c.Values {
		part.Values = append(part.Values, row[:n])
	}
	must.M(live.Draw(plots.RankDistance(part)))
}
`,
	`%%
must.M(cell.Table{Header: []string{"layer", "rank", "accuracy"}, Rows: [][]any{{"conv<1>", 6, 98.21}, {"fc & co", 84, 9.7e-5}}}.Show())
`,
	`%%
bar := must.M1(cell.NewProgress("LeNet"))
defer bar.Close()
for i := range 50 {
	bar.Set(i+1, 50, fmt.Sprintf("epoch %d", i/10+1))
}
`,
	`%%
lambda := &cell.Slider{Label: "λ_gl", Min: 1e-7, Max: 1e-2, Log: true, Stops: []float64{0}, Value: 3.2e-5}
input := &cell.Select{Label: "input", Options: []string{"identity", "ball"}}
full := &cell.Checkbox{Label: "full pass", Value: true}
live := must.M1(inline.NewLive(plots.Size{}))
defer live.Close()
calls := 0
must.M(cell.Panel{Title: "SVD recovery", Controls: []cell.Control{lambda, input, full, &cell.Button{Label: "Again"}}}.Run(context.Background(),
	func(ctx context.Context, changed cell.Changed) error {
		calls++
		return live.Draw(plots.RankDistance(decay(0.1 + 10*lambda.Value)))
	}))
fmt.Println("calls:", calls, "value:", lambda.Value)
`,
}

// TestControlsHeadless: without a page to show them a notebook of a live figure, a table, a progress bar and a panel
// runs to its end, and keeps what each of them came to in every form that a reader of it may need.
func TestControlsHeadless(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	tests := map[string]bool{"told that there is no page": true, "found out": false}
	for name, told := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if told {
				testmode.Long(t, "the shorter way of what is found out")
			}
			cells := slices.Clone(livingCells)
			if told {
				cells[0] = "%env MAESTRO_HEADLESS 1\n" + cells[0]
			}
			out := t.TempDir()
			if _, err := setup.Run(t.Context(), writeNotebook(t, "living.ipynb", cells...),
				RunOptions{Out: out}); err != nil {
				t.Fatal(err)
			}
			shown := readOutputs(t, filepath.Join(out, "living.ipynb"))
			page := read(t, filepath.Join(out, "living.html"))
			if dir := os.Getenv("MAESTRO_SCREENSHOTS"); dir != "" {
				_ = os.WriteFile(filepath.Join(dir, "living.html"), []byte(page), 0o644)
			}

			for _, i := range []int{1, 4} {
				figures := shownAs(shown[i], "image/png")
				if len(figures) != 1 {
					t.Fatalf("cell %d shows %d figures, want 1", i, len(figures))
				}
				if diff := cmp.Diff([]string{"image/png", "image/svg+xml", "text/plain"},
					forms(figures[0])); diff != "" {
					t.Errorf("forms of the figure of cell %d (-want +got):\n%s", i, diff)
				}
			}
			// The last state, not one before: the curves reach the last step.
			if svg := text(t, shownAs(shown[1], "image/svg+xml")[0], "image/svg+xml"); !strings.Contains(svg,
				">20</text>") {
				t.Error("the live figure does not show the last step")
			}
			if n := strings.Count(page, `class="jp-RenderedImage jp-OutputArea-output`) + strings.Count(page, "jp-RenderedSVG"); n < 2 {
				t.Errorf("the page shows %d figures, want 2", n)
			}

			table := shownAs(shown[2], "text/html")[0]
			want := "layer    rank  accuracy\n───────  ────  ────────\nconv<1>     6     98.21\nfc & co    84  9.700e-5"
			if diff := cmp.Diff(want, text(t, table, "text/plain")); diff != "" {
				t.Errorf("the table's text (-want +got):\n%s", diff)
			}
			if html := text(t, table, "text/html"); !strings.Contains(html, "conv&lt;1&gt;") || !strings.Contains(page, html[:200]) {
				t.Errorf("the table is not whole on the page: %s", html)
			}

			bar := shownAs(shown[3], "text/html")
			if len(bar) != 1 {
				t.Fatalf("%d outputs of the progress bar, want the one last line", len(bar))
			}
			if line := text(t, bar[0], "text/plain"); !regexp.MustCompile(`^LeNet · 50 of 50 in \d\.\d s · epoch 5$`).MatchString(line) {
				t.Errorf("the bar ends as %q", line)
			}

			panel := shownAs(shown[4], "text/plain")[0]
			if diff := cmp.Diff("SVD recovery\nλ_gl = 3.2e-5\ninput = identity\nfull pass = on", text(t, panel, "text/plain")); diff != "" {
				t.Errorf("the panel's text (-want +got):\n%s", diff)
			}
			html := text(t, panel, "text/html")
			if strings.Contains(html, "<script") || strings.Count(html, "disabled>") < 4 || strings.Contains(html, "Done") {
				t.Errorf("the panel is not static: %s", html)
			}
			if said := printed(shown)[4]; said != "calls: 1 value: 3.2e-05\n" {
				t.Errorf("the cell went on with %q", said)
			}
			if strings.Contains(page, "gonb_comm") {
				t.Error("the page carries a script of GoNB's, which asks for a kernel")
			}
		})
	}
}

// TestNoOutputIsLost: each of many cells that show something and end at once has its output in the notebook. There
// are more of them where MAESTRO_LONG is set, and 500 where MAESTRO_CELLS says so, which takes minutes.
func TestNoOutputIsLost(t *testing.T) {
	t.Parallel()
	n := 10
	if testmode.IsLong() {
		n = 40
	}
	if s := os.Getenv("MAESTRO_CELLS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal("MAESTRO_CELLS:", err)
		}
	}
	cells := []string{controlsImports}
	for i := range n {
		if i%2 == 0 {
			cells = append(cells, "%%\nmust.M(inline.Show(plots.RankDistance(decay(0.3))))")
		} else {
			cells = append(cells, fmt.Sprintf("%%%%\nmust.M(cell.Table{Header: []string{\"cell\"}, Rows: [][]any{{%d}}}.Show())", i))
		}
	}
	out := t.TempDir()
	if _, err := prepared(t).Run(t.Context(), writeNotebook(t, "many.ipynb", cells...), RunOptions{Out: out, Formats: []string{"ipynb"}}); err != nil {
		t.Fatal(err)
	}
	lost := 0
	for i, outputs := range readOutputs(t, filepath.Join(out, "many.ipynb"))[1:] {
		form, want := "image/png", ""
		if i%2 == 1 {
			form, want = "text/html", fmt.Sprintf(">%d</td>", i)
		}
		shown := shownAs(outputs, form)
		if len(shown) != 1 || !strings.Contains(text(t, shown[0], form), want) {
			lost++
			t.Errorf("cell %d shows %d outputs as %s, want its own", i, len(shown), form)
		}
	}
	t.Logf("%d of %d outputs lost", lost, n)
}

// shownAs are the outputs that have the form.
func shownAs(outputs []output, form string) (found []output) {
	for _, o := range outputs {
		if _, ok := o.Data[form]; ok {
			found = append(found, o)
		}
	}
	return found
}

func forms(o output) (all []string) {
	for _, form := range []string{"image/png", "image/svg+xml", "text/html", "text/plain"} {
		if _, ok := o.Data[form]; ok {
			all = append(all, form)
		}
	}
	return all
}

func text(t *testing.T, o output, form string) string {
	t.Helper()
	var text lines
	if err := json.Unmarshal(o.Data[form], &text); err != nil {
		t.Fatal(err)
	}
	return string(text)
}
