package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Line is a plotter of one rank or one run: a line that is broken where a value is
// not finite, since a diverged run must still give a figure, with markers on some of
// its points. A lone point between two gaps is a dot: a line through one point has no
// ink. X and Y are of one length. [StyleLines] fills in the look of several lines.
type Line struct {
	Label  string // in a legend
	X, Y   []float64
	Style  draw.LineStyle
	Marker Marker
	Marked []int // indices of the points with a marker
}

// Entry is the line's in a legend.
func (cv Line) Entry() LegendEntry {
	return LegendEntry{Label: cv.Label, Line: cv.Style, Marker: cv.Marker}
}

// DataRange implements [plot.DataRanger]: the range of the points that are drawn.
func (cv Line) DataRange() (xMin, xMax, yMin, yMax float64) {
	return pointRange(cv.X, cv.Y)
}

// Plot implements [plot.Plotter].
func (cv Line) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(i int) vg.Point { return vg.Point{X: x(cv.X[i]), Y: y(cv.Y[i])} }
	var piece []vg.Point
	var small specks
	end := func() {
		switch {
		case len(piece) == 0:
		case oneColumn(piece):
			small.add(c, cv, piece)
		default:
			c.StrokeLines(cv.Style, thinned(piece))
		}
		piece = piece[:0]
	}
	for i := range cv.X {
		if isFinite(cv.Y[i]) {
			piece = append(piece, at(i))
		} else {
			end()
		}
	}
	end()
	small.draw(c, cv)
	for _, i := range cv.Marked {
		if isFinite(cv.Y[i]) {
			cv.Marker.Draw(c, cv.Style.Color, at(i))
		}
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

// Level is a plotter of a dashed horizontal line across the figure.
type Level struct {
	Y     float64
	Color color.Color
}

// DataRange implements [plot.DataRanger].
func (l Level) DataRange() (xMin, xMax, yMin, yMax float64) {
	return math.Inf(1), math.Inf(-1), l.Y, l.Y
}

// Plot implements [plot.Plotter].
func (l Level) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	c.StrokeLine2(DashedStyle(l.Color), c.Min.X, y(l.Y), c.Max.X, y(l.Y))
}

// exactLevels gives each known exact value a line of its rank's colour. Surplus
// ranks' values come out of an SVD as 1e-16 or so, and as many lines on one
// another: they share a single one, of no rank's colour.
func exactLevels(exact []float64, colors []color.Color) []Level {
	var levels []Level
	rounding := surplus(exact)
	zero := false
	for k, v := range exact {
		switch {
		case !isFinite(v):
		case math.Abs(v) <= rounding:
			zero = true
		default:
			levels = append(levels, Level{Y: v, Color: colors[k]})
		}
	}
	if zero {
		levels = append(levels, Level{Y: 0, Color: DarkGrey})
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
