package plots

import (
	"fmt"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Legend is a plotter of a legend at the right of the data, where it can hide none.
//
// plot.Legend only draws inside the data area. A glyph box that sticks out on
// the right makes the plot leave that much room beside it, and a plotter may
// draw beyond its canvas.
type Legend struct {
	heading string
	entries []LegendEntry
	rows    int // entries in a column
}

// LegendEntry is a label with a sample: a line, a marker, both, or else a box.
type LegendEntry struct {
	Label  string
	Line   draw.LineStyle // none if it has no width, but its colour is the marker's
	Marker Marker         // none if it has no corners
	Box    Box
}

// Lengths in points.
const (
	legendGap    = 9    // from the data to the samples, and between columns
	legendSample = 20   // a sample of a line
	legendPad    = 4    // from a sample to its label
	legendBox    = 7    // a sample of a box is this high and twice as wide
	legendRow    = 14   // from one entry to the next, if the height allows
	legendLine   = 11.5 // from one line of an entry to the next
)

const (
	dataShare     = 0.36 // of the page's width, at least: labels are wrapped rather than take more
	yAxisWidth    = 42   // points, about
	leastTypeSize = 5.5  // points: labels end in … rather than get smaller
)

// newRankLegend lists the curves in rank order, and how exact values look if
// there are any. Up to maxNamed ranks stand in one column, twice as many in two
// by number alone; of more only some are named, evenly spread, since the colours
// between them run in order. Where only the leading ranks have colours of their
// own, the others share an entry.
func newRankLegend(curves []Line, leading int, exact bool) Legend {
	const named = 11
	var l Legend
	add := func(k int, label string) {
		l.entries = append(l.entries, LegendEntry{Label: label, Line: curves[k].Style, Marker: curves[k].Marker})
	}
	switch n := len(curves); {
	case leading < n:
		for k, cv := range curves[:leading] {
			add(k, cv.Label)
		}
		label := fmt.Sprintf("ranks %d to %d", leading+1, n)
		if leading+1 == n {
			label = curves[leading].Label
		}
		add(leading, label)
	case n <= maxNamed:
		for k, cv := range curves {
			add(k, cv.Label)
		}
	case n <= 2*maxNamed:
		l.heading = "rank"
		for k := range curves {
			add(k, strconv.Itoa(k+1))
		}
	default:
		for i := range named {
			k := (i*(n-1) + (named-1)/2) / (named - 1)
			add(k, curves[k].Label)
		}
	}
	if exact {
		l.entries = append(l.entries, LegendEntry{Label: "exact", Line: DashedStyle(DarkGrey)})
	}
	l.rows = len(l.entries)
	if l.heading != "" {
		l.rows = (len(l.entries) + 1) / 2
	}
	return l
}

// NewLegend returns a legend of all entries, in one column.
func NewLegend(entries ...LegendEntry) Legend {
	return Legend{entries: entries, rows: len(entries)}
}

// GlyphBoxes implements [plot.GlyphBoxer] to reserve the legend's width.
func (l Legend) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{X: 1, Rectangle: vg.Rectangle{Max: vg.Point{X: l.width(pageWidth(p))}}}}
}

// width is the legend's beside the data of a page.
func (l Legend) width(page vg.Length) vg.Length {
	width := vg.Length(0)
	labels := l.lines(page)
	for i := 0; i < len(l.entries); i += l.rows {
		width += l.columnWidth(labels, i)
	}
	if l.heading == "" {
		return width
	}
	return max(width, legendGap+l.text().Width(l.headingOn(page)))
}

// headingOn is the heading as far as a page has room for it.
func (l Legend) headingOn(page vg.Length) string {
	return shortened(l.text(), l.heading, (1-dataShare)*page-yAxisWidth-legendGap)
}

// lines are the labels as a page has room for them. Those of two columns are numbers, and stay whole.
func (l Legend) lines(page vg.Length) [][]string {
	sty := l.text()
	room := (1-dataShare)*page - yAxisWidth - (legendGap + legendSample + legendPad)
	lines := make([][]string, len(l.entries))
	for i, e := range l.entries {
		lines[i] = []string{e.Label}
		if l.rows == len(l.entries) {
			lines[i] = wrapped(sty, e.Label, room)
		}
	}
	return lines
}

// scaled is what the height of rows and type is multiplied by so that a column of the labels is no higher than the
// data. Where type would be too small to read, labels lose their last lines before.
func (l Legend) scaled(labels [][]string, height vg.Length) vg.Length {
	for most := len(slices.MaxFunc(labels, func(a, b []string) int { return len(a) - len(b) })); ; most-- {
		column := vg.Length(l.rows) * legendRow
		if l.heading != "" {
			column += legendRow
		}
		for i, lines := range labels {
			if len(lines) > most {
				lines[most-1] = shortened(l.text(), lines[most-1]+"  ", l.text().Width(lines[most-1]))
				labels[i] = lines[:most]
			}
			column += vg.Length(len(labels[i])-1) * legendLine
		}
		if scale := min(1, height/column); most == 1 || l.textSize(labels, scale) >= leastTypeSize {
			return scale
		}
	}
}

// Plot implements [plot.Plotter].
func (l Legend) Plot(c draw.Canvas, p *plot.Plot) {
	if len(l.entries) == 0 {
		return
	}
	labels := l.lines(pageWidth(p))
	widths := make([]vg.Length, 0, 2)
	for i := 0; i < len(labels); i += l.rows {
		widths = append(widths, l.columnWidth(labels, i))
	}
	// In a low figure the type shrinks with its rows; columns keep their width,
	// which was reserved before the height was known.
	scale := l.scaled(labels, c.Size().Y)
	row, line := legendRow*scale, legendLine*scale
	small := l.text()
	small.Font.Size = l.textSize(labels, scale)

	x, top := c.Max.X, c.Max.Y-row/2
	if l.heading != "" {
		c.FillText(small, vg.Point{X: x + legendGap, Y: top}, l.headingOn(pageWidth(p)))
		top -= row
	}
	y := top
	for i, e := range l.entries {
		if i > 0 && i%l.rows == 0 {
			x, y = x+widths[i/l.rows-1], top
		}
		left := x + legendGap
		if e.Line.Width > 0 {
			c.StrokeLine2(e.Line, left, y, left+legendSample, y)
		}
		e.Box.Draw(c, vg.Rectangle{
			Min: vg.Point{X: left + legendSample/2 - legendBox, Y: y - legendBox/2},
			Max: vg.Point{X: left + legendSample/2 + legendBox, Y: y + legendBox/2},
		})
		if e.Marker.Corners > 0 {
			e.Marker.Draw(c, e.Line.Color, vg.Point{X: left + legendSample/2, Y: y})
		}
		for k, text := range labels[i] {
			c.FillText(small, vg.Point{X: left + legendSample + legendPad, Y: y - line*vg.Length(k)}, text)
		}
		y -= row + line*vg.Length(len(labels[i])-1)
	}
}

// columnWidth is that of the column that begins with entry first, with the gap
// on its left.
func (l Legend) columnWidth(labels [][]string, first int) vg.Length {
	sty, widest := l.text(), vg.Length(0)
	for _, lines := range labels[first:min(first+l.rows, len(labels))] {
		for _, text := range lines {
			widest = max(widest, sty.Width(text))
		}
	}
	return legendGap + legendSample + legendPad + widest
}

// textSize is what keeps lines apart where their distances are scaled.
func (l Legend) textSize(labels [][]string, scale vg.Length) vg.Length {
	closest := vg.Length(legendRow)
	if slices.ContainsFunc(labels, func(lines []string) bool { return len(lines) > 1 }) {
		closest = legendLine
	}
	return min(SmallSize, closest*scale*0.95)
}

func (Legend) text() draw.TextStyle { return SmallText(draw.XLeft, TextMiddle) }
