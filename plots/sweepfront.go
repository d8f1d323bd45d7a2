package plots

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SweepPoint is one setting of a sweep: the mean and the standard deviation, over its
// seeds, of what it costs and of its score.
type SweepPoint struct {
	// Label is a short text, such as the value of λ_gl; "" for none.
	Label string

	// Cost is positive and, as Score, NaN where it is not known: such a point is left
	// out. A deviation that is 0 or NaN, as that of one seed, is not drawn.
	Cost, CostDeviation float64

	// Score is an accuracy in percent, or what a [ValueAxis] says.
	Score, ScoreDeviation float64

	Front   bool // on the Pareto front
	Partial bool // not all of its seeds are finished
}

func (pt SweepPoint) known() bool { return isFinite(pt.Cost) && isFinite(pt.Score) }

// Sweep is what [SweepFront] draws.
type Sweep struct {
	Points []SweepPoint

	// Setting names what the points' labels are values of, such as "λ_gl"; "" for
	// nothing to be said.
	Setting string

	// Rungs are small dots: models of each training's ladder. Only their costs and
	// accuracies, or what is drawn in place of these, are used.
	Rungs []CostPoint

	// Baselines are models of other methods. Those that share a label share their look.
	Baselines []SweepPoint
}

// SweepFront draws the score of a sweep's settings against their cost, with bars of
// one standard deviation both ways: filled markers for the Pareto front, with a
// stepped line through them, which is the best score for each cost, and hollow grey
// ones for other points. Points whose seeds are not all finished are triangles.
// Labels stand beside their points where there is room.
//
// If score has no label, scores are accuracies in percent, of cost's split. Where a
// few points fall far behind, errors on a logarithmic axis show the others better.
//
// It is an error if there is no point, a baseline has no label, a cost is not
// positive, a deviation is negative, or a score is none of the axis.
func SweepFront(s Sweep, cost CostAxis, score ValueAxis) (*plot.Plot, error) {
	if err := checkSweep(s); err != nil {
		return nil, err
	}
	if score.Label == "" {
		label, err := cost.accuracyLabel()
		if err != nil {
			return nil, err
		}
		score.Label, score.Percent = label, true
	}
	if err := checkScores(s, score); err != nil {
		return nil, err
	}
	if score.Log {
		s = s.floored()
	}
	p := New()
	p.Title.Text = cost.Title
	p.X.Label.Text, p.X.Tick.Marker = cost.Label, CostTicks{Log: cost.Log, Apart: 0.18}
	marks := sweepMarks(s, score)
	var costs, scores []float64
	for _, m := range marks {
		costs = append(costs, m.Cost, m.costs[0], m.costs[1])
		scores = append(scores, m.Score, m.scores[0], m.scores[1])
	}
	for _, r := range s.Rungs {
		costs, scores = append(costs, r.Cost), append(scores, r.Accuracy)
	}
	if cost.Log {
		costs = slices.DeleteFunc(costs, func(c float64) bool { return !(c > 0) })
	}
	least, most := finiteRange([][]float64{costs}, nil)
	p.X.Min, p.X.Max = zeroRange(most)
	if cost.Log {
		p.X.Scale = LogScale{}
		p.X.Min, p.X.Max = 1, 10
		if least <= most {
			p.X.Min, p.X.Max = widened(least, most)
		}
	}
	score.dress(&p.Y, scores)
	front := frontLine(marks)
	legend := sweepLegend(s, marks, front)
	labels := sweepLabels{marks: marks, rungs: s.Rungs, front: front, lowerBetter: score.LowerBetter}
	p.Add(NewGrid(), rungDots(s.Rungs), sweepBars(marks), front, sweepMarkers(marks), labels, legend)
	return p, nil
}

func checkSweep(s Sweep) error {
	if len(s.Points)+len(s.Baselines) == 0 {
		return errors.New("plots: no point to draw")
	}
	for n, pt := range slices.Concat(s.Points, s.Baselines) {
		name := fmt.Sprintf("point %d (%q)", n+1, pt.Label)
		if n >= len(s.Points) {
			name = fmt.Sprintf("baseline %d (%q)", n+1-len(s.Points), pt.Label)
			if pt.Label == "" {
				return fmt.Errorf("plots: baseline %d has no label", n+1-len(s.Points))
			}
		}
		switch {
		case pt.Cost <= 0 || math.IsInf(pt.Cost, 0):
			return fmt.Errorf("plots: %s has cost %g", name, pt.Cost)
		case pt.CostDeviation < 0 || pt.ScoreDeviation < 0:
			return fmt.Errorf("plots: %s has deviation %g", name, math.Min(pt.CostDeviation, pt.ScoreDeviation))
		}
	}
	for n, r := range s.Rungs {
		if r.Cost <= 0 || math.IsInf(r.Cost, 0) {
			return fmt.Errorf("plots: rung %d has cost %g", n+1, r.Cost)
		}
	}
	return nil
}

func checkScores(s Sweep, score ValueAxis) error {
	for n, pt := range s.Points {
		if err := score.check(fmt.Sprintf("the score of point %d (%q)", n+1, pt.Label), pt.Score); err != nil {
			return err
		}
	}
	for n, pt := range s.Baselines {
		if err := score.check(fmt.Sprintf("the score of baseline %d (%q)", n+1, pt.Label), pt.Score); err != nil {
			return err
		}
	}
	for n, r := range s.Rungs {
		if err := score.check(fmt.Sprintf("the score of rung %d", n+1), r.Accuracy); err != nil {
			return err
		}
	}
	return nil
}

// floored is the sweep for a logarithmic axis of scores.
func (s Sweep) floored() Sweep {
	values := make([][]float64, 3)
	for _, pt := range s.Points {
		values[0] = append(values[0], pt.Score)
	}
	for _, pt := range s.Baselines {
		values[1] = append(values[1], pt.Score)
	}
	for _, r := range s.Rungs {
		values[2] = append(values[2], r.Accuracy)
	}
	values = floored(values)
	s.Points, s.Baselines, s.Rungs = slices.Clone(s.Points), slices.Clone(s.Baselines), slices.Clone(s.Rungs)
	for i, v := range values[0] {
		s.Points[i].Score = v
	}
	for i, v := range values[1] {
		s.Baselines[i].Score = v
	}
	for i, v := range values[2] {
		s.Rungs[i].Accuracy = v
	}
	return s
}

// frontLine keeps the best score of what costs less, up to the next point on the front.
func frontLine(marks []sweepMark) Line {
	var on []sweepMark
	for _, m := range marks {
		if m.Front && !m.baseline {
			on = append(on, m)
		}
	}
	slices.SortStableFunc(on, func(a, b sweepMark) int { return cmp.Compare(a.Cost, b.Cost) })
	var x, y []float64
	for _, m := range on {
		x, y = append(x, m.Cost), append(y, m.Score)
	}
	l := Line{Label: "Pareto front", Style: draw.LineStyle{Color: frontColor(), Width: vg.Points(1.2)}}
	l.X, l.Y = stepped(x, y)
	return l
}

// sweepLegend explains the looks that there are.
func sweepLegend(s Sweep, marks []sweepMark, front Line) Legend {
	var entries []LegendEntry
	var behind, partial, spread bool
	for _, m := range marks {
		spread = spread || m.spread()
		behind = behind || !m.Front && !m.baseline
		partial = partial || m.Partial
	}
	if len(front.X) > 0 {
		entries = append(entries, LegendEntry{Label: front.Label, Line: front.Style, Marker: sweepShape(true, false)})
	}
	if behind {
		grey := draw.LineStyle{Color: behindGrey}
		entries = append(entries, LegendEntry{Label: "other points", Line: grey, Marker: sweepShape(false, false)})
	}
	if partial {
		grey := draw.LineStyle{Color: DarkGrey}
		entries = append(entries, LegendEntry{Label: "seeds missing", Line: grey, Marker: sweepShape(false, true)})
	}
	if len(s.Rungs) > 0 {
		dot := Marker{Corners: rungCorners, Radius: rungRadius}
		entries = append(entries, LegendEntry{Label: "ladder rungs", Line: draw.LineStyle{Color: rungGrey},
			Marker: dot})
	}
	seen := map[string]bool{}
	for _, m := range marks {
		if m.baseline && !seen[m.Label] {
			seen[m.Label] = true
			shape := m.shape
			shape.Hollow = false
			entries = append(entries, LegendEntry{Label: m.Label, Line: draw.LineStyle{Color: m.color}, Marker: shape})
		}
	}
	if spread {
		entries = append(entries, LegendEntry{Label: "mean ± std", Line: draw.LineStyle{Color: DarkGrey,
			Width: barStroke}})
	}
	l := NewLegend(entries...)
	if s.Setting != "" {
		l.heading = "labels: " + s.Setting
	}
	return l
}
