package plots

import (
	"fmt"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sideLegend is a legend at the right of the data, where it can hide none.
//
// plot.Legend only draws inside the data area. A glyph box that sticks out on
// the right makes the plot leave that much room beside it, and a plotter may
// draw beyond its canvas.
type sideLegend struct {
	heading string
	entries []entry
	rows    int // entries in a column
}

// entry is a label with a sample: a line, a marker, both, or else a box.
type entry struct {
	label string
	line  draw.LineStyle // none if it has no width, but its colour is the marker's
	shape marker         // none if it has no corners
	box   box
}

// Lengths in points.
const (
	legendGap    = 9  // from the data to the samples, and between columns
	legendSample = 20 // a sample of a line
	legendPad    = 4  // from a sample to its label
	legendBox    = 7  // a sample of a box is this high and twice as wide
	legendRow    = 14 // from one entry to the next, if the height allows
)

// newSideLegend lists the curves in rank order, and how exact values look if
// there are any. Up to maxNamed ranks stand in one column, twice as many in two
// by number alone; of more only some are named, evenly spread, since the colours
// between them run in order. Where only the leading ranks have colours of their
// own, the others share an entry.
func newSideLegend(curves []curve, leading int, exact bool) sideLegend {
	const named = 11
	var l sideLegend
	add := func(k int, label string) {
		l.entries = append(l.entries, entry{label: label, line: curves[k].line, shape: curves[k].shape})
	}
	switch n := len(curves); {
	case leading < n:
		for k, cv := range curves[:leading] {
			add(k, cv.name)
		}
		label := fmt.Sprintf("ranks %d to %d", leading+1, n)
		if leading+1 == n {
			label = curves[leading].name
		}
		add(leading, label)
	case n <= maxNamed:
		for k, cv := range curves {
			add(k, cv.name)
		}
	case n <= 2*maxNamed:
		l.heading = "rank"
		for k := range curves {
			add(k, strconv.Itoa(k+1))
		}
	default:
		for i := range named {
			k := (i*(n-1) + (named-1)/2) / (named - 1)
			add(k, curves[k].name)
		}
	}
	if exact {
		l.entries = append(l.entries, entry{label: "exact", line: exactStyle(darkGrey)})
	}
	l.rows = len(l.entries)
	if l.heading != "" {
		l.rows = (len(l.entries) + 1) / 2
	}
	return l
}

// newListLegend lists all entries in one column.
func newListLegend(entries []entry) sideLegend {
	return sideLegend{entries: entries, rows: len(entries)}
}

// GlyphBoxes implements [plot.GlyphBoxer] to reserve the legend's width.
func (l sideLegend) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{X: 1, Rectangle: vg.Rectangle{Max: vg.Point{X: l.width()}}}}
}

func (l sideLegend) width() vg.Length {
	width := vg.Length(0)
	sty := l.text()
	for i := 0; i < len(l.entries); i += l.rows {
		width += l.columnWidth(sty, i)
	}
	return width
}

// Plot implements [plot.Plotter].
func (l sideLegend) Plot(c draw.Canvas, _ *plot.Plot) {
	sty := l.text()
	rows := vg.Length(l.rows)
	if l.heading != "" {
		rows++
	}
	row := min(legendRow, c.Size().Y/rows)
	// In a low figure the type shrinks with its rows; columns keep their width,
	// which was reserved before the height was known.
	small := sty
	small.Font.Size = min(sty.Font.Size, row*0.95)

	x, top := c.Max.X, c.Max.Y-row/2
	if l.heading != "" {
		c.FillText(small, vg.Point{X: x + legendGap, Y: top}, l.heading)
		top -= row
	}
	for i, e := range l.entries {
		if i > 0 && i%l.rows == 0 {
			x += l.columnWidth(sty, i-l.rows)
		}
		y := top - row*vg.Length(i%l.rows)
		left := x + legendGap
		if e.line.Width > 0 {
			c.StrokeLine2(e.line, left, y, left+legendSample, y)
		}
		e.box.draw(c, vg.Rectangle{
			Min: vg.Point{X: left + legendSample/2 - legendBox, Y: y - legendBox/2},
			Max: vg.Point{X: left + legendSample/2 + legendBox, Y: y + legendBox/2},
		})
		if e.shape.corners > 0 {
			e.shape.draw(c, e.line.Color, vg.Point{X: left + legendSample/2, Y: y})
		}
		c.FillText(small, vg.Point{X: left + legendSample + legendPad, Y: y}, e.label)
	}
}

// columnWidth is that of the column that begins with entry first, with the gap
// on its left.
func (l sideLegend) columnWidth(sty draw.TextStyle, first int) vg.Length {
	widest := vg.Length(0)
	for _, e := range l.entries[first:min(first+l.rows, len(l.entries))] {
		widest = max(widest, sty.Width(e.label))
	}
	return legendGap + legendSample + legendPad + widest
}

func (sideLegend) text() draw.TextStyle { return smallText(draw.XLeft, textMiddle) }
