package plots

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// cellMap draws a grid's cells with what is written in them.
type cellMap struct {
	grid   SweepGrid
	values [][]float64 // NaN where a cell has none
	texts  [][]string
	scale  colorScale
}

// Plot implements [plot.Plotter].
func (m cellMap) Plot(c draw.Canvas, p *plot.Plot) {
	const most, share = 1.2, 0.12 // of the white between cells: points, and of a cell
	step := vg.Point{
		X: c.Size().X / vg.Length(len(m.grid.Columns)), Y: c.Size().Y / vg.Length(len(m.grid.Rows)),
	}
	gap := min(most, share*step.X, share*step.Y)
	size := step.Sub(vg.Point{X: gap, Y: gap})
	sty := m.fittedText(size)
	colors := m.scale.palette()
	for i, row := range m.grid.Cells {
		for k, cell := range row {
			at := c.Min.Add(vg.Point{X: step.X*vg.Length(k) + gap/2, Y: step.Y*vg.Length(i) + gap/2})
			r := vg.Rectangle{Min: at, Max: at.Add(size)}
			col := colors[m.scale.index(m.values[i][k])]
			Box{Fill: col}.Draw(c, r)
			switch {
			case cell.missing():
				hatch(c, r)
			case cell.failed():
				fail(c, r, cell.Reason)
			case sty.Font.Size > 0:
				sty.Color = inkOn(col)
				m.write(c, r, sty, m.texts[i][k], cell.Seeds)
			}
		}
	}
}

// Lengths in points.
const (
	cellPad  = 2   // from a text to the sides of its cell
	seedType = 0.7 // of a value's type
)

// fittedText is the largest type in which all values fit, of size 0 if that is too small to read.
func (m cellMap) fittedText(cell vg.Point) draw.TextStyle {
	sty := SmallText(draw.XCenter, TextMiddle)
	widest := vg.Length(1)
	for _, row := range m.texts {
		for _, text := range row {
			widest = max(widest, sty.Width(text))
		}
	}
	sty.Font.Size = min(SmallSize, SmallSize*(cell.X-2*cellPad)/widest, cell.Y-cellPad)
	if sty.Font.Size < leastTypeSize {
		sty.Font.Size = 0
	}
	return sty
}

// write puts a value into its cell, and its seeds below it if some are missing and the cell is high enough.
func (m cellMap) write(c draw.Canvas, cell vg.Rectangle, sty draw.TextStyle, text string, seeds int) {
	middle := cell.Min.Add(cell.Max).Scale(0.5)
	note := sty
	note.Font.Size = max(leastTypeSize, seedType*sty.Font.Size)
	few := fmt.Sprintf("n = %d", seeds)
	apart := (sty.Font.Size + note.Font.Size) / 2
	high, wide := sty.Font.Size+note.Font.Size, note.Width(few)
	if seeds < m.grid.Seeds && cell.Size().Y >= high && cell.Size().X >= wide+cellPad {
		c.FillText(note, vg.Point{X: middle.X, Y: middle.Y - 0.55*apart}, few)
		middle.Y += 0.45 * apart
	}
	c.FillText(sty, middle, text)
}

// fail crosses a cell, with the reason below where there is room.
func fail(c draw.Canvas, cell vg.Rectangle, reason string) {
	const most, largest = 4, 7.5 // points
	size := cell.Size()
	middle := cell.Min.Add(cell.Max).Scale(0.5)
	arm := min(most, 0.25*min(size.X, size.Y))
	sty := SmallText(draw.XCenter, TextMiddle)
	sty.Color, sty.Font.Size = DarkGrey, largest
	if reason != "" {
		sty.Font.Size = min(largest, largest*(size.X-cellPad)/sty.Width(reason))
		if high := 2*arm + 1.3*sty.Font.Size; sty.Font.Size >= leastTypeSize && high <= size.Y {
			c.FillText(sty, vg.Point{X: middle.X, Y: middle.Y - high/2 + 0.5*sty.Font.Size}, reason)
			middle.Y += high/2 - arm
		}
	}
	cross(c, middle, arm)
}

func cross(c draw.Canvas, at vg.Point, arm vg.Length) {
	line := draw.LineStyle{Color: DarkGrey, Width: vg.Points(1.1)}
	c.StrokeLine2(line, at.X-arm, at.Y-arm, at.X+arm, at.Y+arm)
	c.StrokeLine2(line, at.X-arm, at.Y+arm, at.X+arm, at.Y-arm)
}

// hatch draws slanted lines over a cell.
func hatch(c draw.Canvas, cell vg.Rectangle) {
	const apart = 4 // points, across
	line := draw.LineStyle{Color: color.White, Width: vg.Points(1.2)}
	size := cell.Size()
	for d := -size.Y + apart/2; d < size.X; d += apart { // where a line would meet the lower side
		from, to := max(0, -d), min(size.Y, size.X-d) // heights within the cell
		c.StrokeLine2(line, cell.Min.X+d+from, cell.Min.Y+from, cell.Min.X+d+to, cell.Min.Y+to)
	}
}
