package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// zeroLogScale is a [LogScale] from least on, with a place for 0 at its left, beyond a gap.
type zeroLogScale struct{ least float64 }

// Shares of the axis.
const (
	zeroAt  = 0.07
	gapAt   = 0.135 // its middle
	logFrom = 0.17
)

// Normalize implements [plot.Normalizer].
func (s zeroLogScale) Normalize(lo, hi, x float64) float64 {
	switch {
	case x <= 0:
		return zeroAt
	case x < s.least:
		return gapAt
	}
	return logFrom + (1-logFrom)*LogScale{}.Normalize(s.least, hi, x)
}

// zeroLogTicks are those of a [zeroLogScale].
type zeroLogTicks struct{ least float64 }

// Ticks implements [plot.Ticker].
func (t zeroLogTicks) Ticks(_, hi float64) []plot.Tick {
	ticks := []plot.Tick{{Value: 0, Label: "0"}}
	for _, tick := range (LogTicks{}).Ticks(t.least, hi) {
		if tick.Value >= t.least && tick.Value <= hi {
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// lambdaAxis gives p's horizontal axis the place for all values of λ: a logarithmic one for those above 0, beside 0 if
// it is among them. It says whether that has a gap.
func lambdaAxis(p *plot.Plot, lambdas []float64) (gap bool) {
	zero, least, most := false, math.Inf(1), math.Inf(-1)
	for _, l := range lambdas {
		if l == 0 {
			zero = true
		} else {
			least, most = math.Min(least, l), math.Max(most, l)
		}
	}
	switch {
	case least > most: // 0 alone
		p.X.Min, p.X.Max = -1, 1
		p.X.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}}
	case !zero:
		p.X.Scale, p.X.Tick.Marker = LogScale{}, LogTicks{}
		p.X.Min, p.X.Max = lambdaRange(least, most)
	default:
		least, most = lambdaRange(least, most)
		p.X.Scale, p.X.Tick.Marker = zeroLogScale{least}, zeroLogTicks{least}
		p.X.Min, p.X.Max = 0, most
		return true
	}
	return false
}

// lambdaRange has a single value in its middle, and a power of ten to read it by.
func lambdaRange(least, most float64) (float64, float64) {
	if least != most {
		return logRange(least, most)
	}
	const around = 4 // more than a power of ten in all
	return math.Max(least/around, math.SmallestNonzeroFloat64), math.Min(most*around, math.MaxFloat64)
}

// axisBreak marks the gap of a [zeroLogScale] on the axis.
type axisBreak struct{}

// Plot implements [plot.Plotter].
func (axisBreak) Plot(c draw.Canvas, p *plot.Plot) {
	const apart, slant, high = 3.5, 1.3, 3.5 // points
	at := vg.Point{X: c.X(gapAt), Y: c.Min.Y + p.X.Width/2}
	stroke := func(x vg.Length) (low, top vg.Point) {
		return vg.Point{X: x - slant, Y: at.Y - high}, vg.Point{X: x + slant, Y: at.Y + high}
	}
	low1, top1 := stroke(at.X - apart/2)
	low2, top2 := stroke(at.X + apart/2)
	c.FillPolygon(color.White, []vg.Point{low1, top1, top2, low2})
	c.StrokeLine2(p.X.LineStyle, low1.X, low1.Y, top1.X, top1.Y)
	c.StrokeLine2(p.X.LineStyle, low2.X, low2.Y, top2.X, top2.Y)
}
