package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// options are what one figure of curves has that another has not.
type options struct {
	yLabel string
	logY   bool
	exact  bool // draw Curves.Exact
	events []event
}

// drawCurves is the figure that all figures of [Curves] are.
func drawCurves(c Curves, o options) (*plot.Plot, error) {
	if err := CheckCurves(c); err != nil {
		return nil, err
	}
	p := newPlot()
	p.X.Label.Text = "training step"
	p.Y.Label.Text = o.yLabel
	p.X.Tick.Marker = stepTicks{}
	p.Y.Tick.Marker = linearTicks{}

	values := c.Values
	if o.logY {
		values = floored(values)
		p.Y.Scale = logScale{}
		p.Y.Tick.Marker = logTicks{}
	}
	leading := len(values)
	var levels []level
	if o.exact {
		leading = leadingRanks(c.Exact, len(values))
		levels = exactLevels(c.Exact, rankColors(len(values), leading))
	}

	p.X.Min, p.X.Max = stepRange(c.Steps)
	if o.logY {
		p.Y.Min, p.Y.Max = logRange(finiteRange(values, nil))
	} else {
		p.Y.Min, p.Y.Max = linearRange(finiteRange(values, levels))
	}

	p.Add(newGrid())
	for _, l := range levels {
		p.Add(l)
	}
	curves := newCurves(c.Steps, values, leading)
	// Rank 1 goes on top: where curves meet, it is the leading ranks that are read.
	for k := len(curves) - 1; k >= 0; k-- {
		p.Add(curves[k])
	}
	for _, e := range o.events {
		p.Add(e)
	}
	p.Add(newSideLegend(curves, leading, len(levels) > 0))
	return p, nil
}

// newGrid has horizontal lines only.
func newGrid() *plotter.Grid {
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil
	grid.Horizontal = draw.LineStyle{Color: lightGrey, Width: vg.Points(0.5)}
	return grid
}

// newCurves returns one styled curve a rank, of which the first few are leading.
func newCurves(steps []int, values [][]float64, leading int) []curve {
	x := floats(steps)
	curves := make([]curve, len(values))
	for k, row := range values {
		curves[k] = curve{name: fmt.Sprintf("rank %d", k+1), x: x, y: row}
	}
	styleCurves(curves[:leading])
	for k := leading; k < len(curves); k++ {
		curves[k].line = draw.LineStyle{Color: surplusGrey, Width: vg.Points(0.9)}
	}
	return curves
}

// leadingRanks is how many ranks come before the surplus ones, those whose exact
// value is zero, where there are too many ranks to tell them all apart; else all.
func leadingRanks(exact []float64, ranks int) int {
	if ranks <= maxNamed {
		return ranks
	}
	n := len(exact)
	for n > 0 && math.Abs(exact[n-1]) <= surplus(exact) {
		n--
	}
	if n == 0 || n > maxNamed {
		return ranks
	}
	return n
}

// styleCurves makes neighbours differ in colour and, up to as many as the legend
// lists, in marker.
func styleCurves(curves []curve) {
	colors, shapes := palette(len(curves)), markerShapes()
	width, size := vg.Points(1.4), vg.Length(1)
	if len(curves) > maxNamed {
		width, size = vg.Points(1.1), 0.75
	}
	for k := range curves {
		cv := &curves[k]
		cv.line = draw.LineStyle{Color: colors[k], Width: width}
		if len(curves) <= 2*maxNamed {
			cv.shape = shapes[k%len(shapes)]
			cv.shape.radius *= size
			// Multiples of the golden ratio keep neighbours' markers apart.
			_, phase := math.Modf(float64(k) * math.Phi)
			cv.marked = markedPoints(len(cv.x), phase)
		}
	}
}

func floats(ints []int) []float64 {
	out := make([]float64, len(ints))
	for i, v := range ints {
		out[i] = float64(v)
	}
	return out
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
