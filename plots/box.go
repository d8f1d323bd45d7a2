package plots

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// box is the look of a bar or of a sample in a legend; the zero box has none.
type box struct {
	fill    color.Color // nil leaves it hollow
	outline draw.LineStyle
}

func (b box) draw(c draw.Canvas, r vg.Rectangle) {
	corners := []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
	if b.fill != nil {
		c.FillPolygon(b.fill, corners)
	}
	if b.outline.Width > 0 {
		c.StrokeLines(b.outline, append(corners, corners[0], corners[1])) // past the end, for a full corner
	}
}
