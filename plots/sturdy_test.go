package plots

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestAnyFiniteData: every finite float64 gives a figure, soon and without a panic, on both axes.
func TestAnyFiniteData(t *testing.T) {
	values := []float64{5e-324, 1e-300, 1, 1e15, math.MaxFloat64}
	if testmode.IsLong() {
		values = []float64{5e-324, 1e-308, 1e-300, 1e-11, 1, 1e15, 1e300, math.MaxFloat64}
	}
	render := func(what string, p *plot.Plot, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		began := time.Now()
		svg, err := Render(p, Size{}, "svg")
		if err != nil || bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) || len(svg) > 1<<20 {
			t.Errorf("%s of %v: %d bytes, error %v", what, fmt.Sprint(p.X.Min, p.X.Max, p.Y.Min, p.Y.Max),
				len(svg), err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %v", what, took)
		}
	}
	last := len(values) - 1
	for i, a := range values {
		for j, b := range values {
			if i != j && i != 0 && j != last && (i != last || j != 0) && !testmode.IsLong() {
				continue // all pairs take long; these are equal values, and each value with the least and the most
			}
			runs := []Series{{"a", []float64{1, 2, 3}, []float64{a, b, 0}}, {"a", []float64{1, 2}, []float64{b, b}}}
			p, err := TrainingLoss(runs)
			render("loss", p, err)
			p, err = TotalRank(runs)
			render("total rank", p, err)
			p, err = History("x", []Series{{"a", []float64{1, 2, 3}, []float64{a, -b, 0}}})
			render("history", p, err)
			if a < b {
				p, err = TotalRank([]Series{{"a", []float64{-b, a, b}, []float64{1, 2, 3}}})
				render("epochs", p, err)
			}
			c := Curves{Steps: []int{0, 1}, Values: [][]float64{{a, b}, {-b, a}}, Exact: []float64{b, -a}}
			p, err = RankDistance(c)
			render("distance", p, err)
			p, err = SingularValues(c)
			render("singular values", p, err)
			for _, log := range []bool{false, true} {
				p, err = AccuracyOverCost([]CostPoint{{Label: "a", Cost: a, Accuracy: 5e-324},
					{Label: "b", Cost: b, Accuracy: 100}}, CostAxis{Label: "MACs", Log: log})
				render("cost", p, err)
			}
			p, err = ImportanceHeatMap([]int{0, 1}, [][]float64{{a, b}, {b}})
			render("heat map", p, err)
		}
	}
	for _, step := range []int{1 << 54, math.MaxInt - 1} {
		p, err := Importance(Curves{Steps: []int{step, step + 1}, Values: [][]float64{{1, 2}}})
		render("steps", p, err)
		p, err = ImportanceHeatMap([]int{step}, [][]float64{{1, 2}})
		render("heat map's epochs", p, err)
	}
}

// TestSmallLogAxisHasPowers: labels far below 1 are powers of ten, as wide as any other.
func TestSmallLogAxisHasPowers(t *testing.T) {
	for _, least := range []float64{1e-5, 1e-11, 1e-40} {
		p := must(TrainingLoss([]Series{{"a", []float64{1, 2}, []float64{1, least}}}))(t)
		ls := strings.Fields(labels(p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max)))
		if len(ls) < 2 || len(ls) > 8 {
			t.Errorf("down to %g: labels %q", least, ls)
		}
		for _, l := range ls {
			if !strings.HasPrefix(l, "10") || strings.ContainsAny(l, ".eE") {
				t.Errorf("down to %g: label %q is no power of ten", least, l)
			}
		}
	}
	p := must(TrainingLoss([]Series{{"a", []float64{1, 2}, []float64{1.2e-11, 1.9e-11}}}))(t)
	if got := labels(p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max)); !strings.Contains(got, "1.4×10⁻¹¹") {
		t.Errorf("within one power: labels %q", got)
	}
}

func TestHistoryNamesItsAxis(t *testing.T) {
	runs := []Series{{"a", []float64{1, 2}, []float64{3, 4}}}
	seen := map[string]bool{}
	for _, column := range []string{"step", "loss", "validation_loss", "validation_accuracy", "total_rank", "weights",
		"macs", "step_ms", "seconds", "train_macs", "learning rate"} {
		label := must(History(column, runs))(t).Y.Label.Text
		if seen[label] || strings.Contains(label, "_") || (label == "training loss") != (column == "loss") {
			t.Errorf("%s: axis %q", column, label)
		}
		seen[label] = true
	}
	macs := must(History("macs", []Series{{"a", []float64{1, 2}, []float64{3e8, 1e8}}}))(t)
	if got := labels(macs.Y.Tick.Marker.Ticks(macs.Y.Min, macs.Y.Max)); got != "0 100M 200M 300M" {
		t.Errorf("MACs are labelled %q", got)
	}
	_, err := History("validation_loss", []Series{{"a", []float64{1}, []float64{-1}}})
	oneLine(t, "History", err, "loss -1 at epoch 1")
	must(History("margin", []Series{{"a", []float64{1}, []float64{-1}}}))(t)
}

// TestThinnedInksTheSamePixels: the line through the points that are left is the line through all of them.
func TestThinnedInksTheSamePixels(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, y := range map[string]func(i int) float64{
		"noise":  func(int) float64 { return rng.Float64() },
		"smooth": func(i int) float64 { return math.Sin(float64(i) / 9000) },
		"spikes": func(i int) float64 { return float64(1 - min(1, i%7919)) },
	} {
		var all []vg.Point
		for i := range 6_000 {
			all = append(all, vg.Point{X: vg.Length(i) / 300, Y: vg.Length(50 + 40*y(i))})
		}
		few := thinned(all)
		if columns := 84; len(few) > 4*(columns+1) {
			t.Errorf("%s: %d points are left for %d columns", name, len(few), columns)
		}
		a, b := inked(t, all), inked(t, few)
		apart := 0
		for i := range a {
			if d := int(a[i]) - int(b[i]); d > 64 || d < -64 {
				apart++
			}
		}
		if apart > len(a)/200 {
			t.Errorf("%s: %d of %d pixels differ", name, apart, len(a))
		}
	}
}

// TestManySteps: a million steps look like a thousand and weigh about as much.
func TestManySteps(t *testing.T) {
	const n = 1_000_001
	c := Curves{Values: make([][]float64, 3)}
	runs := make([]Series, 3)
	for i := range n {
		c.Steps = append(c.Steps, i)
		for k := range c.Values {
			c.Values[k] = append(c.Values[k], 2+math.Sin(float64(i*(k+1))))
			runs[k].X, runs[k].Y = append(runs[k].X, float64(i)), append(runs[k].Y, 2+math.Sin(float64(i*(k+1))))
		}
	}
	for k := range runs {
		runs[k].Label = "seeds of one setting"
	}
	began := time.Now()
	for _, p := range []*plot.Plot{must(Importance(c))(t), must(TrainingLoss(runs))(t)} {
		for _, format := range []string{"svg", "pdf"} {
			data, err := Render(p, Size{}, format)
			if err != nil || len(data) > 2_000_000 {
				t.Errorf("%s: %d bytes, error %v", format, len(data), err)
			}
		}
	}
	t.Logf("took %v", time.Since(began))
}

func TestCharactersOfASecondFont(t *testing.T) {
	p := figure(t)
	p.Title.Text = "U V⊤ ∈ ℝ ∇ ⟨x⟩ ✓"
	for _, format := range []string{"pdf", "svg", "png"} {
		if _, err := Render(p, Size{}, format); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		for text, want := range map[string]string{"精度": `'精' (U+7CBE), '度' (U+5EA6)`, "a\tb": "U+0009",
			"🙂": "U+1F642"} {
			q := figure(t)
			q.X.Label.Text = text
			_, err := Render(q, Size{}, format)
			oneLine(t, format, err, want)
		}
	}
}

// TestSVGTextIsOutlined: every piece of text that is seen is an outline, and a figure stays small.
func TestSVGTextIsOutlined(t *testing.T) {
	svg, err := Render(figure(t), Size{}, "svg")
	if err != nil {
		t.Fatal(err)
	}
	all, hidden := bytes.Count(svg, []byte("<text ")), bytes.Count(svg, []byte(`<text fill-opacity="0" `))
	if all == 0 || all != hidden {
		t.Errorf("%d texts, of which %d are hidden under outlines", all, hidden)
	}
	if outlines := len(regexp.MustCompile(`<path transform="translate\([^"]*scale\(0\.0\d+\)"`).FindAll(svg,
		-1)); outlines != all {
		t.Errorf("%d texts have %d outlines", all, outlines)
	}
	if len(svg) > 150_000 {
		t.Errorf("%d bytes", len(svg))
	}
}

// inked strokes a line and returns how dark each pixel is.
func inked(t *testing.T, points []vg.Point) []uint8 {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(strokePNG(t, points)))
	if err != nil {
		t.Fatal(err)
	}
	var out []uint8
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, _, _, _ := img.At(x, y).RGBA()
			out = append(out, uint8(r>>8))
		}
	}
	return out
}

func strokePNG(t *testing.T, points []vg.Point) []byte {
	t.Helper()
	c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(21, 100), vgimg.UseDPI(PNGDPI))}
	dc := draw.New(c)
	dc.StrokeLines(draw.LineStyle{Color: Palette(1)[0], Width: vg.Points(1.1)}, points)
	var buf bytes.Buffer
	if _, err := c.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}
