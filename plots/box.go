package plots

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Box is the look of a bar or of a sample in a legend; the zero Box has none.
type Box struct {
	Fill    color.Color // nil leaves it hollow
	Outline draw.LineStyle
}

// Draw fills and outlines r.
func (b Box) Draw(c draw.Canvas, r vg.Rectangle) {
	corners := []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
	if b.Fill != nil {
		c.FillPolygon(b.Fill, corners)
	}
	if b.Outline.Width > 0 {
		c.StrokeLines(b.Outline, append(corners, corners[0], corners[1])) // past the end, for a full corner
	}
}
