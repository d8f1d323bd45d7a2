package plots

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// sweep is one over λ_gl: three settings on the front, one of them with a seed missing, and one behind.
func sweep() Sweep {
	return Sweep{
		Setting: "λ_gl",
		Points: []SweepPoint{
			{Label: "1e-3", Cost: 1e6, CostDeviation: 2e5, Score: 95, ScoreDeviation: 0.6, Front: true},
			{Label: "0", Cost: 5e6, Score: 99, ScoreDeviation: 0.2, Front: true},
			{Label: "1e-4", Cost: 3e6, CostDeviation: 3e5, Score: 98, ScoreDeviation: 0.4, Front: true, Partial: true},
			{Label: "1e-5", Cost: 4e6, CostDeviation: 1e5, Score: 96.5, ScoreDeviation: 0.3},
			{Label: "1", Cost: 1e5, Score: math.NaN()},
		},
		Rungs: []CostPoint{{Cost: 2e6, Accuracy: 94}, {Cost: 2.5e6, Accuracy: 95}, {Cost: math.NaN(), Accuracy: 95}},
		Baselines: []SweepPoint{
			{Label: "SVD", Cost: 2e6, Score: 96}, {Label: "SVD", Cost: 4.5e6, Score: 97.5},
			{Label: "full rank", Cost: 6e6, Score: 98.8},
		},
	}
}

// at is a point's place on the page.
func (pg page) at(x, y float64) vg.Point { return vg.Point{X: pg.data.X(x), Y: pg.data.Y(y)} }

// TestSweepFront: a stepped line through the front, filled markers on it and hollow ones behind, bars both ways, other
// marks for baselines, and each look explained beside the data.
func TestSweepFront(t *testing.T) {
	for _, log := range []bool{false, true} {
		s := sweep()
		p := must(SweepFront(s, CostAxis{Label: "MACs", Log: log}, ValueAxis{}))(t)
		if p.X.Label.Text != "MACs" || p.Y.Label.Text != "test accuracy (%)" {
			t.Errorf("axes %q and %q", p.X.Label.Text, p.Y.Label.Text)
		}
		pg := drawn(t, p)
		// And "mean ± std", of which ± is an outline.
		pg.besideData(t, "Pareto front", "other points", "seeds missing", "ladder rungs", "SVD", "full rank")
		if _, ok := pg.texts["labels: λ"]; !ok && pg.texts["labels: "].X < pg.data.Max.X {
			t.Errorf("the setting is not named: %v", pg.texts)
		}
		place := func(pt SweepPoint) vg.Point { return pg.at(p.X.Norm(pt.Cost), p.Y.Norm(pt.Score)) }
		var want []vg.Point // 1e-3, 1e-4 and 0, with a corner before the later ones
		for i, pt := range []SweepPoint{s.Points[0], s.Points[2], s.Points[1]} {
			at := place(pt)
			if i > 0 {
				want = append(want, vg.Point{X: at.X, Y: want[len(want)-1].Y})
			}
			want = append(want, at)
		}
		lines := 0
		for _, st := range pg.strokes {
			if st.color == frontColor() && len(st.path) == len(want) {
				lines++
				for i, comp := range st.path {
					if !near(comp.Pos.X, want[i].X) || !near(comp.Pos.Y, want[i].Y) {
						t.Errorf("corner %d of the front is at %v, want %v", i+1, comp.Pos, want[i])
					}
				}
			}
		}
		if lines != 1 {
			t.Errorf("%d lines through the front", lines)
		}
		if got := len(pg.filled(frontColor(), false)); got != 3 {
			t.Errorf("%d filled markers, want 3", got)
		}
		if got := len(pg.filled(behindGrey, false)); got != 1 {
			t.Errorf("%d markers behind the front, want 1", got)
		}
		if got := len(pg.filled(rungGrey, false)); got != 2 {
			t.Errorf("%d rungs, want 2", got)
		}
		if got := len(pg.filled(Palette(3)[1], false)); got != 2 {
			t.Errorf("%d markers of SVD, want 2", got)
		}
		bars := map[color.Color]int{}
		for _, st := range pg.strokes {
			size := extent(st.path).Size()
			if len(st.path) == 2 && st.path[0].Pos.X < pg.data.Max.X && size.X+size.Y > 2.1*barCap {
				bars[st.color]++
			}
		}
		if bars[frontColor()] != 5 || bars[barGrey] != 2 {
			t.Errorf("%d bars of the front and %d behind, want 5 and 2", bars[frontColor()], bars[barGrey])
		}
		for _, pt := range s.Points[:4] {
			at, ok := pg.texts[pt.Label]
			if d := apart(at, place(pt)); !ok || d > 30 {
				t.Errorf("label %q is at %v, %v points from %v", pt.Label, at, d.Points(), place(pt))
			}
		}
	}
}

// TestSweepFrontOfLosses: an axis of one's own, whose points with no loss are on its floor, and labels of the front
// below it, where the better points would be.
func TestSweepFrontOfLosses(t *testing.T) {
	s := Sweep{Points: []SweepPoint{
		{Label: "a", Cost: 1, Score: 2, Front: true}, {Label: "b", Cost: 2, Score: 0.5, ScoreDeviation: 1, Front: true},
		{Label: "c", Cost: 3, Score: 0.1, Front: true}, {Cost: 3, Score: 0},
	}}
	for _, log := range []bool{false, true} {
		p := must(SweepFront(s, CostAxis{Label: "ms"}, ValueAxis{Label: "validation loss", LowerBetter: true,
			Log: log}))(t)
		if p.Y.Label.Text != "validation loss" || p.Y.Min <= 0 == log {
			t.Errorf("axis %q from %g", p.Y.Label.Text, p.Y.Min)
		}
		pg := drawn(t, p)
		if at := pg.at(p.X.Norm(2), p.Y.Norm(0.5)); pg.texts["b"].Y > at.Y || pg.texts["b"].X > at.X {
			t.Errorf("b is labelled at %v, want it below %v and to the left", pg.texts["b"], at)
		}
	}
	if s.Points[3].Score != 0 {
		t.Error("the points that were given are changed")
	}
}

// many is a sweep of n settings, along a front and behind it.
func many(n int) Sweep {
	rng := rand.New(rand.NewPCG(1, 2))
	s := Sweep{Setting: "λ_gl"}
	for i := range n {
		cost := 5e6 * math.Pow(10, -2*float64(i)/float64(n)) * (1 + 0.1*rng.Float64())
		pt := SweepPoint{Label: fmt.Sprintf("%de-6", i), Cost: cost, CostDeviation: 0.1 * cost, ScoreDeviation: 0.3}
		pt.Score, pt.Partial = 99-3*float64(i)/float64(n)-rng.Float64(), i%7 == 0
		s.Points = append(s.Points, pt)
		s.Rungs = append(s.Rungs, CostPoint{Cost: cost / 2, Accuracy: pt.Score - 1})
	}
	for i, a := range s.Points {
		better := func(b SweepPoint) bool { return b.Cost < a.Cost && b.Score > a.Score }
		s.Points[i].Front = !slices.ContainsFunc(s.Points, better)
	}
	return s
}

// TestSweepLabelsCoverNothing: labels of few and of many points are apart from each other, from markers, bars, rungs
// and the front, and lie within the data area.
func TestSweepLabelsCoverNothing(t *testing.T) {
	for _, n := range []int{1, 5, 20, 200} {
		s := many(n)
		p := must(SweepFront(s, CostAxis{Label: "MACs"}, ValueAxis{}))(t)
		pg := drawn(t, p)
		var labels []vg.Rectangle
		for _, pt := range s.Points {
			if at, ok := pg.texts[pt.Label]; ok {
				wide := NewMathText().width(pt.Label, sans(labelType))
				labels = append(labels, vg.Rectangle{Min: at, Max: vg.Point{X: at.X + wide, Y: at.Y + 0.6*labelType}})
			}
		}
		if len(labels) == 0 {
			t.Errorf("%d points: no label", n)
		}
		marks := sweepMarks(s, ValueAxis{Percent: true})
		taken := sweepLabels{marks: marks, rungs: s.Rungs, front: frontLine(marks)}.taken(pg.data, p)
		for i, l := range labels {
			if !inside(l, pg.data.Rectangle) {
				t.Errorf("%d points: a label %v outside the data area", n, l)
			}
			for _, other := range append(labels[:i:i], taken...) {
				if overlap(l, other) {
					t.Errorf("%d points: a label %v over %v", n, l, other)
				}
			}
		}
		if svg, err := Render(p, Size{}, "svg"); err != nil || len(svg) > 1<<20 {
			t.Errorf("%d points: %d bytes, error %v", n, len(svg), err)
		}
	}
}

// TestSweepFrontOfAnything: a point, equal points, and none that has a place.
func TestSweepFrontOfAnything(t *testing.T) {
	nan := math.NaN()
	same := SweepPoint{Label: "a", Cost: 1, Score: 50, Front: true}
	for name, pts := range map[string][]SweepPoint{
		"one": {same}, "same": {same, same, same}, "none": {{Cost: nan, Score: nan, Front: true}},
		"no deviation": {{Cost: 1, CostDeviation: nan, Score: 50, ScoreDeviation: math.Inf(1)}},
		"wide":         {{Cost: 1, CostDeviation: 1e300, Score: 50, ScoreDeviation: 1e300}, same},
		"diverged":     {{Cost: 1, Score: nan}, {Cost: nan, Score: 3}, same},
	} {
		for _, log := range []bool{false, true} {
			for _, score := range []ValueAxis{{}, {Label: "loss", Log: true}, {Label: "loss", LowerBetter: true}} {
				fault := faultOf(t, func() (*plot.Plot, error) {
					return SweepFront(Sweep{Points: pts}, CostAxis{Label: "MACs", Log: log}, score)
				})
				if fault != "" {
					t.Errorf("%s (log %v, %q): %s", name, log, score.Label, fault)
				}
			}
		}
	}
}

func TestSweepFrontErrors(t *testing.T) {
	pt := SweepPoint{Label: "a", Cost: 1, Score: 50}
	with := func(change func(*SweepPoint)) Sweep {
		changed := pt
		change(&changed)
		return Sweep{Points: []SweepPoint{pt, changed}}
	}
	for want, s := range map[string]Sweep{
		"no point to draw":               {},
		`point 2 ("a") has cost 0`:       with(func(pt *SweepPoint) { pt.Cost = 0 }),
		`point 2 ("a") has cost +Inf`:    with(func(pt *SweepPoint) { pt.Cost = math.Inf(1) }),
		`point 2 ("a") has deviation -1`: with(func(pt *SweepPoint) { pt.CostDeviation = -1 }),
		`point 2 ("a") has deviation -2`: with(func(pt *SweepPoint) { pt.ScoreDeviation = -2 }),
		"baseline 1 has no label":        {Baselines: []SweepPoint{{Cost: 1}}},
		`baseline 1 ("b") has cost -1`: {Points: []SweepPoint{pt},
			Baselines: []SweepPoint{{Label: "b", Cost: -1}}},
		"rung 1 has cost 0":                    {Points: []SweepPoint{pt}, Rungs: []CostPoint{{}}},
		`score of point 2 ("a") is 101, want`:  with(func(pt *SweepPoint) { pt.Score = 101 }),
		`score of baseline 1 ("b") is -1, wan`: {Baselines: []SweepPoint{{Label: "b", Cost: 1, Score: -1}}},
		"score of rung 1 is 101, want 0 to": {Points: []SweepPoint{pt},
			Rungs: []CostPoint{{Cost: 1, Accuracy: 101}}},
	} {
		_, err := SweepFront(s, CostAxis{}, ValueAxis{})
		oneLine(t, "SweepFront", err, want)
		if !strings.Contains(want, "score") {
			oneLine(t, "WriteSweepCSV", WriteSweepCSV(&strings.Builder{}, s), want)
		}
	}
	_, err := SweepFront(sweep(), CostAxis{Split: "training"}, ValueAxis{})
	oneLine(t, "SweepFront", err, `unknown split "training"`)
}

func TestWriteSweepCSV(t *testing.T) {
	s := sweep()
	s.Points, s.Baselines, s.Rungs = s.Points[2:5], s.Baselines[:1], s.Rungs[:1]
	var got bytes.Buffer
	want := "kind,label,cost,cost_deviation,score,score_deviation,front,partial\n" +
		"point,1e-4,3e+06,300000,98,0.4,true,true\npoint,1e-5,4e+06,100000,96.5,0.3,false,false\n" +
		"point,1,100000,0,NaN,0,false,false\nbaseline,SVD,2e+06,0,96,0,false,false\nrung,,2e+06,,94,,,\n"
	if err := WriteSweepCSV(&got, s); err != nil || got.String() != want {
		t.Errorf("%v, wrote\n%swant\n%s", err, got.String(), want)
	}
}
