package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// options are what one figure of curves has that another has not.
type options struct {
	yLabel string
	logY   bool
	exact  bool // draw Curves.Exact
	events []Event
}

// drawCurves is the figure that all figures of [Curves] are.
func drawCurves(c Curves, o options) (*plot.Plot, error) {
	if err := CheckCurves(c); err != nil {
		return nil, err
	}
	p := New()
	p.X.Label.Text = "training step"
	p.Y.Label.Text = o.yLabel
	p.X.Tick.Marker = StepTicks{}
	p.Y.Tick.Marker = LinearTicks{}

	values := c.Values
	if o.logY {
		values = floored(values)
		p.Y.Scale = LogScale{}
		p.Y.Tick.Marker = LogTicks{}
	}
	leading := len(values)
	var levels []Level
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

	p.Add(NewGrid())
	for _, l := range levels {
		p.Add(l)
	}
	curves := rankLines(c.Steps, values, leading)
	// Rank 1 goes on top: where curves meet, it is the leading ranks that are read.
	for k := len(curves) - 1; k >= 0; k-- {
		p.Add(curves[k])
	}
	for _, e := range o.events {
		p.Add(e)
	}
	p.Add(newRankLegend(curves, leading, len(levels) > 0))
	return p, nil
}

// rankLines returns one styled curve a rank, of which the first few are leading.
func rankLines(steps []int, values [][]float64, leading int) []Line {
	x := floats(steps)
	curves := make([]Line, len(values))
	for k, row := range values {
		curves[k] = Line{Label: fmt.Sprintf("rank %d", k+1), X: x, Y: row}
	}
	StyleLines(curves[:leading])
	for k := leading; k < len(curves); k++ {
		curves[k].Style = draw.LineStyle{Color: surplusGrey, Width: vg.Points(0.9)}
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

func floats(ints []int) []float64 {
	out := make([]float64, len(ints))
	for i, v := range ints {
		out[i] = float64(v)
	}
	return out
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
