package plots

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/recorder"
)

// TestSecondFont: characters of mathematics have shapes of their own, no boxes,
// whichever handler sets them, and widths that keep letters apart.
func TestSecondFont(t *testing.T) {
	first := NewMathText().Fonts.Lookup(sans(10), 10)
	second := 0
	for _, r := range "⊤∈ℝ∇⟨⟩✓⊥ᵤ∀∃⇔⊗ℕℤℂ⌊⌋ℓ⪯≤∑√∂·×" {
		face := faceFor(r, first)
		if !hasGlyph(face, r) {
			t.Errorf("no font has %q", r)
		}
		if face.Name() != first.Name() {
			second++
		}
	}
	if second < 5 {
		t.Errorf("the second font has %d of the characters: the first would do", second)
	}
	var rec recorder.Canvas
	page := &pageCanvas{writer: &recorded{Canvas: &rec}}
	sty := SmallText(0, 0)
	page.FillString(first, vg.Point{}, "V⊤ℝ")
	sty.Handler.Draw(page, "V⊤ℝ", sty, vg.Point{})
	var shapes []vg.Path
	for _, a := range rec.Actions {
		if fill, ok := a.(*recorder.Fill); ok {
			shapes = append(shapes, fill.Path)
		}
	}
	if len(shapes) != 4 {
		t.Fatalf("%d outlines, want ⊤ and ℝ of both handlers", len(shapes))
	}
	for i := 0; i < 4; i += 2 {
		if top, r := extent(shapes[i]), extent(shapes[i+1]); top.Min.X < first.Width("V") || r.Min.X < top.Max.X {
			t.Errorf("⊤ is at %v and ℝ at %v after V, which is %v wide", top, r, first.Width("V"))
		}
	}
}

// recorded is a recorder as a page needs it.
type recorded struct {
	*recorder.Canvas
	bytes.Buffer
}

func (*recorded) Size() (w, h vg.Length) { return DefaultWidth, DefaultHeight }

// TestMissingCharacter: a character that no font has is an error that names it,
// wherever it stands; never a box.
func TestMissingCharacter(t *testing.T) {
	for text, want := range map[string]string{
		"精度":        `no '精' (U+7CBE), '度' (U+5EA6)`,
		"loss 🤗 🤗":  `no '🤗' (U+1F917): `,
		"a\tb":      `no '\t' (U+0009)`,
		"a\rb":      `no '\r' (U+000D)`,
		"bad \xff.": `no '�' (U+FFFD)`,
	} {
		for place, put := range map[string]func(p *plot.Plot){
			"title":  func(p *plot.Plot) { p.Title.Text = text },
			"axis":   func(p *plot.Plot) { p.Y.Label.Text = text },
			"ticks":  func(p *plot.Plot) { p.X.Tick.Marker = plot.ConstantTicks{{Value: 500, Label: text}} },
			"legend": func(p *plot.Plot) { p.Legend.Add(text) },
			"labels": func(p *plot.Plot) {
				l, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: 500, Y: 50}}, Labels: []string{text}})
				if err != nil {
					t.Fatal(err)
				}
				p.Add(l)
			},
		} {
			p := figure(t)
			put(p)
			for _, format := range []string{"pdf", "svg", "png"} {
				data, err := render(p, Size{}, format, 30)
				oneLine(t, place+" in "+format, err, want)
				if data != nil {
					t.Errorf("%s in %s: a figure beside the error", place, format)
				}
			}
		}
	}
	p, err := TrainingLoss([]Series{{"精度", []float64{1, 2}, []float64{1, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "loss.svg")
	if err := Save(p, Size{}, path); err == nil {
		t.Error("saved a label without its characters")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a figure lies beside the error")
	}
}

// TestPDFOfTwoFonts: text of another font leaves that of the house alone.
func TestPDFOfTwoFonts(t *testing.T) {
	p, _ := wordy(t)
	data, err := Render(p, Size{}, "pdf")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(data, []byte("/FontFile2")); n != 1 {
		t.Errorf("%d fonts, of which the writer embeds the last in place of all", n)
	}
	pdftotext, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("no pdftotext, of Debian's poppler-utils, to read the figure's words")
	}
	cmd := exec.Command(pdftotext, "-", "-")
	cmd.Stdin = bytes.NewReader(data)
	words, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"training step", "AVATAR <text a&b>", "another"} {
		if !bytes.Contains(words, []byte(want)) {
			t.Errorf("no %q among the words %q", want, words)
		}
	}
}

// TestTwoLines: lines of a title stand one above the other, inside the page.
func TestTwoLines(t *testing.T) {
	p := figure(t)
	p.Title.Text = "above\nbelow"
	pg := drawn(t, p)
	above, below := pg.texts["above"], pg.texts["below"]
	if gap := above.Y - below.Y; gap < LabelSize || gap > 1.5*LabelSize {
		t.Errorf("lines at %v and %v", above, below)
	}
	if below.Y < pg.data.Max.Y || above.Y+LabelSize*0.75 > pg.canvas.Max.Y {
		t.Errorf("lines at %v and %v are not between the data area and the page's edge", above, below)
	}
}
