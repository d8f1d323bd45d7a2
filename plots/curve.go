package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// curve draws one rank or one run: a line that is broken where a value is not finite (a
// diverged run must still give a figure), and markers on some of its points.
type curve struct {
	name   string
	x, y   []float64
	line   draw.LineStyle
	shape  marker
	marked []int // indices of the points with a marker
}

// Plot implements [plot.Plotter].
func (cv curve) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(i int) vg.Point { return vg.Point{X: x(cv.x[i]), Y: y(cv.y[i])} }
	var piece []vg.Point
	for i := range cv.x {
		if isFinite(cv.y[i]) {
			piece = append(piece, at(i))
			continue
		}
		cv.stroke(c, piece)
		piece = piece[:0]
	}
	cv.stroke(c, piece)
	for _, i := range cv.marked {
		if isFinite(cv.y[i]) {
			cv.shape.draw(c, cv.line.Color, at(i))
		}
	}
}

// stroke draws a lone point between two gaps as a dot: a line through one point
// has no ink.
func (cv curve) stroke(c draw.Canvas, piece []vg.Point) {
	switch len(piece) {
	case 0:
	case 1:
		dot := vg.Points(0.9)
		c.FillPolygon(cv.line.Color, regular(4, math.Pi/4, dot, piece[0]))
	default:
		c.StrokeLines(cv.line, thinned(piece))
	}
}

// markedPoints picks which of n points carry a marker: all if they are few, else
// about ten evenly spread ones. Phase in [0, 1) shifts them, so that curves that
// coincide show each other's markers in turn.
func markedPoints(n int, phase float64) []int {
	const all, sparse = 12, 10
	stride := 1
	if n > all {
		stride = int(math.Round(float64(n-1) / sparse))
	}
	var marked []int
	for i := int(phase * float64(stride)); i < n; i += stride {
		marked = append(marked, i)
	}
	return marked
}

// level is a dashed horizontal line across the figure.
type level struct {
	y     float64
	color color.Color
}

// Plot implements [plot.Plotter].
func (l level) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	c.StrokeLine2(exactStyle(l.color), c.Min.X, y(l.y), c.Max.X, y(l.y))
}

func exactStyle(col color.Color) draw.LineStyle {
	return draw.LineStyle{Color: col, Width: vg.Points(0.9), Dashes: []vg.Length{vg.Points(4), vg.Points(2.5)}}
}

// exactLevels gives each known exact value a line of its rank's colour. Surplus
// ranks' values come out of an SVD as 1e-16 or so, and as many lines on one
// another: they share a single one, of no rank's colour.
func exactLevels(exact []float64, colors []color.Color) []level {
	var levels []level
	rounding := surplus(exact)
	zero := false
	for k, v := range exact {
		switch {
		case !isFinite(v):
		case math.Abs(v) <= rounding:
			zero = true
		default:
			levels = append(levels, level{y: v, color: colors[k]})
		}
	}
	if zero {
		levels = append(levels, level{y: 0, color: darkGrey})
	}
	return levels
}

// surplus is the size up to which exact values are zero but for rounding.
func surplus(exact []float64) float64 {
	largest := 0.0
	for _, v := range exact {
		if isFinite(v) {
			largest = math.Max(largest, math.Abs(v))
		}
	}
	return 1e-9 * largest
}
