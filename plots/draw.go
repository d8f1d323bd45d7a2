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
	if err := c.Check(); err != nil {
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
		p.Y.Scale = plot.LogScale{}
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

func stepRange(steps []int) (lo, hi float64) {
	return airyRange(float64(steps[0]), float64(steps[len(steps)-1]))
}

// airyRange leaves a little air at both ends, so that markers clear the axis.
func airyRange(lo, hi float64) (float64, float64) {
	if lo == hi {
		return lo - 1, hi + 1
	}
	pad := 0.02 * (hi - lo)
	return lo - pad, hi + pad
}

// linearRange includes 0 for values that are never negative: the figures' claim
// is which of them vanish.
func linearRange(lo, hi float64) (float64, float64) {
	if lo > hi {
		return 0, 1 // nothing finite to draw
	}
	lo = math.Min(lo, 0)
	if lo == hi {
		return -0.05, 1
	}
	pad := 0.04 * (hi - lo)
	return lo - pad, hi + pad
}

// zeroRange begins at 0, for what is counted from there.
func zeroRange(hi float64) (float64, float64) {
	if hi <= 0 || math.IsInf(hi, 0) {
		return 0, 1 // nothing to draw above the axis
	}
	return 0, 1.04 * hi
}

// percentRange is fitted to accuracies, whose differences are small beside
// their distance from 0.
func percentRange(lo, hi float64) (float64, float64) {
	if lo > hi {
		return 0, 100 // nothing finite to draw
	}
	pad := math.Max(0.05*(hi-lo), 0.1)
	return lo - pad, hi + pad
}

// logRange takes positive values and spans at least two powers of ten, as a
// logarithmic axis with fewer labels cannot be read.
func logRange(lo, hi float64) (float64, float64) {
	if lo > hi {
		return 0.1, 1 // nothing finite to draw
	}
	a, b := math.Log10(lo), math.Log10(hi)
	if math.Floor(b)-math.Ceil(a) < 1 {
		a, b = math.Floor(a), math.Ceil(b)
		if a == b {
			b++
		}
	}
	pad := 0.03 * (b - a)
	// Powers beyond these would leave the float range and with it the log axis.
	return math.Pow(10, math.Max(a-pad, -323)), math.Pow(10, math.Min(b+pad, 308))
}

// floored replaces values that have no logarithm, as RankDistance documents.
func floored(values [][]float64) [][]float64 {
	floor := math.Inf(1)
	for _, row := range values {
		for _, v := range row {
			if v > 0 && v < floor {
				floor = v
			}
		}
	}
	if math.IsInf(floor, 1) {
		floor = 1e-16
	}
	out := make([][]float64, len(values))
	for k, row := range values {
		out[k] = make([]float64, len(row))
		for i, v := range row {
			if v <= 0 && !math.IsInf(v, -1) {
				v = floor
			}
			out[k][i] = v
		}
	}
	return out
}

// finiteRange returns lo > hi if no value is finite.
func finiteRange(values [][]float64, levels []level) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, row := range values {
		for _, v := range row {
			if isFinite(v) {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
	}
	for _, l := range levels {
		lo, hi = math.Min(lo, l.y), math.Max(hi, l.y)
	}
	return lo, hi
}

func floats(ints []int) []float64 {
	out := make([]float64, len(ints))
	for i, v := range ints {
		out[i] = float64(v)
	}
	return out
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
