package plots

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// published are ResNet-18's rows on CIFAR-10 as the paper's poster has them.
func published() []CostPoint {
	return []CostPoint{
		{"Non-factorised", 0.56e9, 93.86, 93.66, 94.06},
		{"Pufferfish", 0.22e9, 94.17, 0, 0},
		{"Cuttlefish", 0.3e9, 93.47, 0, 0},
		{"Maestro", 0.39e9, 94.19, 94.12, 94.26},
		{"Maestro", 0.15e9, 93.86, 93.75, 93.97},
	}
}

func TestAccuracyOverCost(t *testing.T) {
	for _, log := range []bool{false, true} {
		p, err := AccuracyOverCost(published(), CostAxis{Label: "MACs", Log: log})
		if err != nil {
			t.Fatal(err)
		}
		if p.X.Label.Text != "MACs" || !log && p.X.Min != 0 {
			t.Errorf("axis %q from %g", p.X.Label.Text, p.X.Min)
		}
		pg := drawn(t, p)
		labels := []string{"Non-factorised", "Pufferfish", "Cuttlefish", "Maestro"}
		pg.besideData(t, labels...)
		corners := map[int]bool{}
		for k, label := range labels {
			col := Palette(4)[k]
			if got := len(pg.filled(col, true)); got != 1 {
				t.Errorf("%s: %d samples in the legend", label, got)
			}
			var want []CostPoint
			for _, pt := range published() {
				if pt.Label == label {
					want = append(want, pt)
				}
			}
			markers := pg.filled(col, false)
			if len(markers) != len(want) {
				t.Fatalf("%s: %d markers, want %d", label, len(markers), len(want))
			}
			bars := 0
			for _, s := range pg.strokes {
				if s.color == col && s.path[0].Pos.X == s.path[1].Pos.X {
					bars++
				}
			}
			spreads := 0
			for i, pt := range want {
				at := vg.Point{X: pg.data.X(p.X.Norm(pt.Cost)), Y: pg.data.Y(p.Y.Norm(pt.Accuracy))}
				if m := extent(markers[i]); at.X <= m.Min.X || at.X >= m.Max.X || at.Y <= m.Min.Y || at.Y >= m.Max.Y ||
					!pg.data.Contains(m.Min) || !pg.data.Contains(m.Max) {
					t.Errorf("%s: marker %v is not around %v in the data area", label, m, at)
				}
				if pt.spread() {
					spreads++
				}
			}
			if bars != spreads {
				t.Errorf("%s: %d error bars for %d spreads", label, bars, spreads)
			}
			corners[len(markers[0])] = true
		}
		if len(corners) < 3 { // square and diamond have as many
			t.Errorf("%d shapes of markers for 4 labels", len(corners))
		}
	}
}

func TestAccuracyOverCostErrors(t *testing.T) {
	for want, pts := range map[string][]CostPoint{
		"no point":                     nil,
		"point 1 has no label":         {{Cost: 1}},
		`point 1 ("a") has cost 0`:     {{Label: "a"}},
		"has cost NaN":                 {{Label: "a", Cost: math.NaN()}},
		"has cost +Inf":                {{Label: "a", Cost: math.Inf(1)}},
		"accuracy 101, want 0 to 100":  {{Label: "a", Cost: 1, Accuracy: 101}},
		"accuracy NaN":                 {{Label: "a", Cost: 1, Accuracy: math.NaN()}},
		"accuracy 3 in a spread from":  {{Label: "a", Cost: 1, Accuracy: 3, Low: 4, High: 5}},
		"in a spread from NaN to 5":    {{Label: "a", Cost: 1, Accuracy: 3, Low: math.NaN(), High: 5}},
		"in a spread from 2 to 100.5":  {{Label: "a", Cost: 1, Accuracy: 3, Low: 2, High: 100.5}},
		`point 2 ("b") has accuracy -`: {{Label: "a", Cost: 1}, {Label: "b", Cost: 1, Accuracy: -1}},
	} {
		_, err := AccuracyOverCost(pts, CostAxis{})
		oneLine(t, "AccuracyOverCost", err, want)
		oneLine(t, "WriteCostCSV", WriteCostCSV(&strings.Builder{}, pts), want)
	}
}

// TestAccuracyLadders: a ladder is one line through its points in the order of their costs, whatever order they come
// in, and other models are markers without one.
func TestAccuracyLadders(t *testing.T) {
	ladder := []CostPoint{{"Ladder", 3, 98, 0, 0}, {"Ladder", 1, 90, 0, 0}, {"Ladder", 2, 96, 0, 0}}
	others := []CostPoint{{"Trained", 2, 97, 96.5, 97.5}}
	p, err := AccuracyLadders(ladder, others, CostAxis{Label: "MACs"})
	if err != nil {
		t.Fatal(err)
	}
	pg := drawn(t, p)
	pg.besideData(t, "Ladder", "Trained")
	lines := 0
	for _, s := range pg.strokes {
		if s.color != Palette(2)[0] || s.path[0].Pos.X > pg.data.Max.X {
			continue
		}
		lines++
		for i, pt := range []CostPoint{ladder[1], ladder[2], ladder[0]} {
			at := vg.Point{X: pg.data.X(p.X.Norm(pt.Cost)), Y: pg.data.Y(p.Y.Norm(pt.Accuracy))}
			if got := s.path[i].Pos; math.Abs(float64(got.X-at.X)) > 0.01 || math.Abs(float64(got.Y-at.Y)) > 0.01 {
				t.Errorf("point %d of the line is at %v, want %v", i, got, at)
			}
		}
	}
	if lines != 1 {
		t.Errorf("%d lines for one ladder", lines)
	}
	if _, err := AccuracyLadders(ladder, ladder, CostAxis{}); err == nil ||
		!strings.Contains(err.Error(), `labelled "Ladder", as a ladder is`) {
		t.Errorf("a point of a ladder's label: %v", err)
	}
}

func TestCostAxis(t *testing.T) {
	for split, want := range map[string]string{"": "test accuracy (%)", "test": "test accuracy (%)",
		"validation": "validation accuracy (%)"} {
		p := must(AccuracyOverCost(published(), CostAxis{Label: "MACs", Split: split, Title: "from 93 % on"}))(t)
		if p.Y.Label.Text != want {
			t.Errorf("split %q: the axis is %q, want %q", split, p.Y.Label.Text, want)
		}
		if got, want := Describe(p), "Figure: from 93 % on ("+want+" against MACs)"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	_, err := AccuracyOverCost(published(), CostAxis{Split: "training"})
	oneLine(t, "AccuracyOverCost", err, `unknown split "training": use "test" or "validation"`)
}

// TestCoveredPoints: a point under another is also a ring around it, a second one under both a wider ring; points that
// are apart, or of one label, have none.
func TestCoveredPoints(t *testing.T) {
	points := []CostPoint{
		{"deepest", 2, 90, 0, 0}, {"deep", 2, 90, 0, 0}, {"top", 2, 90, 0, 0},
		{"apart", 4, 50, 0, 0}, {"twice", 4, 70, 0, 0}, {"twice", 4, 70, 0, 0},
	}
	p := must(AccuracyOverCost(points, CostAxis{Label: "MACs"}))(t)
	pg := drawn(t, p)
	at := vg.Point{X: pg.data.X(p.X.Norm(2)), Y: pg.data.Y(p.Y.Norm(90))}
	widths := map[string]vg.Length{}
	for k, label := range []string{"deepest", "deep", "top", "apart", "twice"} {
		for _, s := range pg.strokes {
			if s.color != Palette(5)[k] {
				continue
			}
			r := extent(s.path)
			if !pg.data.Contains(at) || at.X < r.Min.X || at.X > r.Max.X || at.Y < r.Min.Y || at.Y > r.Max.Y {
				t.Errorf("%s: a stroke %v that is not around the covered point", label, r)
			}
			widths[label] = r.Size().X
		}
	}
	if top := 2 * Markers()[2].Radius * 1.3; len(widths) != 2 ||
		!(widths["deep"] > top && widths["deepest"] > widths["deep"]) {
		t.Errorf("rings %v", widths)
	}
}
