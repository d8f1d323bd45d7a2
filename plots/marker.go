package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Marker is a filled regular polygon: shapes that stay apart in print without
// colour and at a few points' size. The zero Marker has none.
type Marker struct {
	Corners int
	Turn    float64   // angle of the first corner, in radians
	Radius  vg.Length // to the corners
	Hollow  bool      // an outline on white
}

// Markers returns the shapes of lines 1, 2 and so on, chosen so that neighbours differ most, with radii that give
// them about the same area.
func Markers() []Marker {
	const up, down = math.Pi / 2, -math.Pi / 2
	return []Marker{
		{Corners: 24, Radius: 2.3},                   // circle
		{Corners: 4, Turn: math.Pi / 4, Radius: 2.9}, // square
		{Corners: 3, Turn: up, Radius: 3.3},          // triangle
		{Corners: 4, Turn: up, Radius: 3.0},          // diamond
		{Corners: 3, Turn: down, Radius: 3.3},        // triangle on its tip
		{Corners: 5, Turn: up, Radius: 2.7},          // pentagon
		{Corners: 6, Radius: 2.6},                    // hexagon
	}
}

// Draw puts the marker on a white rim, which parts it from the lines it crosses.
func (m Marker) Draw(c draw.Canvas, col color.Color, at vg.Point) {
	c.FillPolygon(color.White, regular(m.Corners, m.Turn, m.Radius+vg.Points(0.7), at))
	c.FillPolygon(col, regular(m.Corners, m.Turn, m.Radius, at))
	if m.Hollow {
		const outline = 1 // points
		c.FillPolygon(color.White, regular(m.Corners, m.Turn, m.Radius-m.inset(outline), at))
	}
}

// inset is how much shorter the radius is of the polygon within, whose sides are some length from the marker's.
func (m Marker) inset(sides vg.Length) vg.Length {
	return sides / vg.Length(math.Cos(math.Pi/float64(m.Corners)))
}

func regular(corners int, turn float64, radius vg.Length, at vg.Point) []vg.Point {
	pts := make([]vg.Point, corners)
	for i := range pts {
		sin, cos := math.Sincos(turn + 2*math.Pi*float64(i)/float64(corners))
		pts[i] = vg.Point{X: at.X + radius*vg.Length(cos), Y: at.Y + radius*vg.Length(sin)}
	}
	return pts
}
