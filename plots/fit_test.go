package plots

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// label83 has as many characters as a person was seen to write.
const label83 = "Maestro with λ_gl = 1.6e-5, hierarchical lasso, full pass and no shrinking, 3 seeds"

// crowded are figures with long labels in every place that has one, and with many.
func crowded(t *testing.T) map[string]*plot.Plot {
	series := func(labels ...string) (runs []Series) {
		for i, l := range labels {
			runs = append(runs, Series{l, []float64{1, 2, 3}, []float64{9 + float64(i), 5, 4}})
		}
		return runs
	}
	var many []string
	for i := range 12 {
		many = append(many, fmt.Sprint(label83, " number ", i))
	}
	ranks := falling(26, 9)
	ranks.Exact = make([]float64, 26)
	titled := must(TotalRank(series("a")))(t)
	titled.Title.Text = strings.Repeat(label83, 2)
	return map[string]*plot.Plot{
		"long":     must(TrainingLoss(series(label83, "svd")))(t),
		"one word": must(TotalRank(series(strings.ReplaceAll(label83, " ", "-"))))(t),
		"many":     must(TotalRank(series(many...)))(t),
		"usual":    must(ValidationError(series("λ_gl = 10⁻³", "λ_gl = 10⁻²")))(t),
		"ranks":    must(SingularValues(ranks))(t),
		"event":    must(ImportanceWithEvent(falling(3, 9), 400, label83))(t),
		"layers": must(RanksByLayer([]string{label83, "fc"}, []int{9, 9},
			[]LabelledRanks{{label83, []int{3, 4}}}))(t),
		"costs": must(AccuracyOverCost([]CostPoint{{label83, 3, 90, 0, 0}},
			CostAxis{Label: label83, Title: label83}))(t),
		"two settings": must(SweepFront(Sweep{Setting: "sampler, λ_gl", Points: sweep().Points},
			CostAxis{Label: "MACs"}, ValueAxis{}))(t),
		"long setting": must(SweepFront(Sweep{Setting: label83, Points: sweep().Points}, CostAxis{Label: "MACs"},
			ValueAxis{}))(t),
		"heat map":   must(ImportanceHeatMap([]int{1, 2}, [][]float64{{1, 0.1}, {1}}))(t),
		"long title": titled,
	}
}

// TestEverySizeFits: whatever the labels and the size, the data have their share of the page and all that is drawn lies
// on it. A page without room for both was once drawn with its right on the left.
func TestEverySizeFits(t *testing.T) {
	for name, p := range crowded(t) {
		sizes := [][2]float64{{5, 3.4}, {1, 2}, {0.3, 0.3}, {12, 8}, {3, 3.4}, {3, 1}, {6.5, 1.5}}
		if !testmode.IsLong() {
			sizes = sizes[:3]
		}
		for _, inches := range sizes {
			size := vg.Point{X: vg.Length(inches[0]) * vg.Inch, Y: vg.Length(inches[1]) * vg.Inch}
			on, reduce := fitted(p, size)
			var rec recorder.Canvas
			page := draw.NewCanvas(&rec, size.X*reduce, size.Y*reduce)
			data := on.DataCanvas(page)
			if share := data.Size().X / page.Size().X; share < 0.29 {
				t.Errorf("%s at %v inches: the data area has %.2f of the width", name, inches, share)
			}
			if share := data.Size().Y / page.Size().Y; share < 0.29 {
				t.Errorf("%s at %v inches: the data area has %.2f of the height", name, inches, share)
			}
			drawFitted(p, draw.NewCanvas(&rec, size.X, size.Y))
			for _, text := range beyond(&rec, size, reduce) {
				t.Errorf("%s at %v inches: %q reaches beyond the page", name, inches, text)
			}
		}
	}
}

// TestNoSize: what is no length of a page is an error.
func TestNoSize(t *testing.T) {
	p := must(TotalRank([]Series{{"a", []float64{1, 2}, []float64{2, 1}}}))(t)
	for _, l := range []float64{math.NaN(), math.Inf(1), 1e9} {
		for _, size := range []Size{{Width: vg.Length(l)}, {Height: vg.Length(l)}} {
			_, err := Render(p, size, "svg")
			oneLine(t, fmt.Sprint(size), err, "is none of a page")
		}
	}
	for _, size := range []Size{{Width: 1e-300}, {Height: 1e-9}, {Width: 1, Height: 1}} {
		if _, err := Render(p, size, "svg"); err != nil {
			t.Errorf("%v: %v", size, err)
		}
	}
}

// beyond lists the texts whose ends are not on a page that was drawn reduced.
func beyond(rec *recorder.Canvas, size vg.Point, reduce vg.Length) (texts []string) {
	var at vg.Point
	turned := false
	for _, a := range rec.Actions {
		switch a := a.(type) {
		case *recorder.Push:
			at, turned = vg.Point{}, false
		case *recorder.Translate:
			at = a.Point
		case *recorder.Rotate:
			turned = a.Angle != 0
		case *recorder.FillString:
			width := NewMathText().width(a.String, sans(a.Size))
			from, most := at.X+a.Point.X, size.X*reduce
			if turned {
				from, most = at.Y+a.Point.X, size.Y*reduce
			}
			if from < -0.5 || from+width > most+0.5 {
				texts = append(texts, a.String)
			}
		}
	}
	return texts
}

// TestLegendKeepsItsWords: a label that is wrapped is whole, in order, and in lines that are beside the data and apart;
// one that fits is one line.
func TestLegendKeepsItsWords(t *testing.T) {
	for _, size := range []vg.Length{3 * vg.Inch, DefaultWidth, 7 * vg.Inch, 12 * vg.Inch} {
		for _, label := range []string{label83, "svd", "λ_gl = 10⁻³", strings.ReplaceAll(label83, " ", "_")} {
			l := NewLegend(LegendEntry{Label: label})
			lines := l.lines(size)[0]
			if strings.ReplaceAll(strings.Join(lines, ""), " ", "") != strings.ReplaceAll(label, " ", "") {
				t.Errorf("%q is wrapped to %q", label, lines)
			}
			if fits := size > 9*vg.Inch || len(label) < 20; fits != (len(lines) == 1) {
				t.Errorf("%q is on %d lines of a page %g points wide", label, len(lines), size.Points())
			}
			if w := l.width(size); w > (1-dataShare)*size-yAxisWidth {
				t.Errorf("%q takes %g of %g points", label, w.Points(), size.Points())
			}
		}
	}
	// Where even the smallest type has no room labels are cut, which … says.
	var all []LegendEntry
	for range 20 {
		all = append(all, LegendEntry{Label: label83})
	}
	l := NewLegend(all...)
	labels := l.lines(DefaultWidth)
	if scale := l.scaled(labels, 200); l.textSize(labels, scale) < leastTypeSize {
		t.Errorf("type of %g points", l.textSize(labels, scale).Points())
	}
	for _, lines := range labels {
		if len(lines) > 2 || !strings.HasSuffix(lines[len(lines)-1], "…") {
			t.Errorf("twenty labels in 200 points: %q", lines)
		}
	}
}
