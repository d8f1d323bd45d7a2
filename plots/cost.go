package plots

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// CostPoint is one model: what it costs and how accurate it is, in percent.
type CostPoint struct {
	// Label names the method or setting; points that share it share their look.
	Label string

	Cost, Accuracy float64

	// Low and High are the least and greatest accuracy over seeds. Both are 0 if
	// there is no spread to show.
	Low, High float64
}

func (pt CostPoint) spread() bool { return pt.Low != 0 || pt.High != 0 }

// CostAxis says what the costs are, and of what the accuracies.
type CostAxis struct {
	Label string // such as "MACs"
	Log   bool   // logarithmic, rather than from 0

	// Split is the part of the data that accuracy was measured on, "test" or
	// "validation"; "" is "test".
	Split string

	// Title stands above the data, such as "models from 96 % on"; "" for none.
	Title string
}

// accuracyLabel names the vertical axis.
func (a CostAxis) accuracyLabel() (string, error) {
	switch a.Split {
	case "", "test":
		return "test accuracy (%)", nil
	case "validation":
		return "validation accuracy (%)", nil
	}
	return "", fmt.Errorf(`plots: unknown split %q: use "test" or "validation"`, a.Split)
}

// AccuracyOverCost draws the accuracy of models against their cost, one marker a
// point, one colour and shape a label, with error bars where a point has a
// spread. A point that lies under another is also drawn as a ring around it. It
// is an error if there is no point, or one has no label, a cost that is not
// positive, an accuracy outside 0 to 100, or one outside its spread, or if the
// split is unknown.
func AccuracyOverCost(points []CostPoint, cost CostAxis) (*plot.Plot, error) {
	return drawCosts(points, nil, cost)
}

// AccuracyLadders draws ladders of models, each from one training, as lines
// through their points, labelled as points are, and other models as points
// beside them. Points of a ladder may come in any order. Otherwise it is as
// [AccuracyOverCost].
func AccuracyLadders(ladders, others []CostPoint, cost CostAxis) (*plot.Plot, error) {
	lines := map[string]bool{}
	for _, pt := range ladders {
		lines[pt.Label] = true
	}
	for n, pt := range others {
		if lines[pt.Label] {
			return nil, fmt.Errorf("plots: point %d is labelled %q, as a ladder is", n+1, pt.Label)
		}
	}
	return drawCosts(slices.Concat(ladders, others), lines, cost)
}

// drawCosts joins the points of some labels by lines.
func drawCosts(points []CostPoint, lines map[string]bool, cost CostAxis) (*plot.Plot, error) {
	if err := checkCosts(points); err != nil {
		return nil, err
	}
	label, err := cost.accuracyLabel()
	if err != nil {
		return nil, err
	}
	p := New()
	p.Title.Text = cost.Title
	p.X.Label.Text, p.X.Tick.Marker = cost.Label, CostTicks{Log: cost.Log, Apart: 0.18}
	p.Y.Label.Text, p.Y.Tick.Marker = label, LinearTicks{}

	var costs, accuracies []float64
	var labels []string
	byLabel := map[string][]CostPoint{}
	for _, pt := range points {
		costs, accuracies = append(costs, pt.Cost), append(accuracies, pt.Accuracy)
		if pt.spread() {
			accuracies = append(accuracies, pt.Low, pt.High)
		}
		if byLabel[pt.Label] == nil {
			labels = append(labels, pt.Label)
		}
		byLabel[pt.Label] = append(byLabel[pt.Label], pt)
	}
	least, most := finiteRange([][]float64{costs}, nil)
	p.X.Min, p.X.Max = zeroRange(most)
	if cost.Log {
		p.X.Scale = LogScale{}
		p.X.Min, p.X.Max = widened(least, most)
	}
	p.Y.Min, p.Y.Max = percentRange(finiteRange([][]float64{accuracies}, nil))
	p.Add(NewGrid())

	colors, shapes := Palette(len(labels)), Markers()
	entries := make([]LegendEntry, len(labels))
	var markers rings
	for i, label := range labels {
		e := LegendEntry{Label: label, Line: draw.LineStyle{Color: colors[i]}, Marker: shapes[i%len(shapes)]}
		if lines[label] {
			e.Line.Width = vg.Points(1.4)
			p.Add(costLine(byLabel[label], e))
		} else {
			e.Marker.Radius *= 1.3
			marked := costPoints{points: byLabel[label], look: e}
			markers = append(markers, marked)
			p.Add(marked)
		}
		entries[i] = e
	}
	p.Add(markers, NewLegend(entries...))
	return p, nil
}

func checkCosts(points []CostPoint) error {
	if len(points) == 0 {
		return errors.New("plots: no point to draw")
	}
	for n, pt := range points {
		switch {
		case pt.Label == "":
			return fmt.Errorf("plots: point %d has no label", n+1)
		case !(pt.Cost > 0) || !isFinite(pt.Cost):
			return fmt.Errorf("plots: point %d (%q) has cost %g", n+1, pt.Label, pt.Cost)
		case !(pt.Accuracy >= 0 && pt.Accuracy <= 100):
			return fmt.Errorf("plots: point %d (%q) has accuracy %g, want 0 to 100", n+1, pt.Label, pt.Accuracy)
		case pt.spread() && !(0 <= pt.Low && pt.Low <= pt.Accuracy && pt.Accuracy <= pt.High && pt.High <= 100):
			return fmt.Errorf("plots: point %d (%q) has accuracy %g in a spread from %g to %g", n+1, pt.Label,
				pt.Accuracy, pt.Low, pt.High)
		}
	}
	return nil
}

// costLine goes through points in the order of their costs.
func costLine(points []CostPoint, look LegendEntry) Line {
	cv := Line{Label: look.Label, Style: look.Line, Marker: look.Marker, Marked: markedPoints(len(points), 0)}
	for _, pt := range slices.SortedFunc(slices.Values(points),
		func(a, b CostPoint) int { return cmp.Compare(a.Cost, b.Cost) }) {
		cv.X, cv.Y = append(cv.X, pt.Cost), append(cv.Y, pt.Accuracy)
	}
	return cv
}

// costPoints draws the points of one label.
type costPoints struct {
	points []CostPoint
	look   LegendEntry
}

// Plot implements [plot.Plotter].
func (s costPoints) Plot(c draw.Canvas, p *plot.Plot) {
	const capWidth = 2.5 // points, to either side
	line := draw.LineStyle{Color: s.look.Line.Color, Width: vg.Points(1)}
	x, y := p.Transforms(&c)
	for _, pt := range s.points {
		at := vg.Point{X: x(pt.Cost), Y: y(pt.Accuracy)}
		if pt.spread() {
			low, high := y(pt.Low), y(pt.High)
			c.StrokeLine2(line, at.X, low, at.X, high)
			c.StrokeLine2(line, at.X-capWidth, low, at.X+capWidth, low)
			c.StrokeLine2(line, at.X-capWidth, high, at.X+capWidth, high)
		}
		s.look.Marker.Draw(c, line.Color, at)
	}
}
