package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Event is a plotter of a vertical line with its label above the data, where it hides
// none.
type Event struct {
	X     float64
	Label string
}

const eventGap = 3 // points between the data area and the label

// Plot implements [plot.Plotter].
func (e Event) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	at := x(e.X)
	line := draw.LineStyle{Color: DarkGrey, Width: vg.Points(0.8), Dashes: []vg.Length{vg.Points(1.5), vg.Points(1.5)}}
	c.StrokeLine2(line, at, c.Min.Y, at, c.Max.Y)

	sty := SmallText(draw.XCenter, draw.YBottom)
	sty.Color = DarkGrey
	label := shortened(sty, e.Label, c.Size().X)
	half := sty.Width(label) / 2
	// Near an edge the label stays above the data, beside its line.
	at = max(min(at, c.Max.X-half), c.Min.X+half)
	c.FillText(sty, vg.Point{X: at, Y: c.Max.Y + eventGap + sty.FontExtents().Descent}, label)
}

// GlyphBoxes implements [plot.GlyphBoxer] to reserve the label's height.
func (e Event) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	sty := SmallText(draw.XCenter, draw.YBottom)
	return []plot.GlyphBox{{Y: 1, Rectangle: vg.Rectangle{Max: vg.Point{Y: eventGap + sty.Height(e.Label)}}}}
}
