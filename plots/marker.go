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
}

// Markers returns the shapes of lines 1, 2 and so on, chosen so that neighbours differ most, with radii that give
// them about the same area.
func Markers() []Marker {
	const up, down = math.Pi / 2, -math.Pi / 2
	return []Marker{
		{24, 0, 2.3},          // circle
		{4, math.Pi / 4, 2.9}, // square
		{3, up, 3.3},          // triangle
		{4, up, 3.0},          // diamond
		{3, down, 3.3},        // triangle on its tip
		{5, up, 2.7},          // pentagon
		{6, 0, 2.6},           // hexagon
	}
}

// Draw puts the marker on a white rim, which parts it from the lines it crosses.
func (m Marker) Draw(c draw.Canvas, col color.Color, at vg.Point) {
	c.FillPolygon(color.White, regular(m.Corners, m.Turn, m.Radius+vg.Points(0.7), at))
	c.FillPolygon(col, regular(m.Corners, m.Turn, m.Radius, at))
}

func regular(corners int, turn float64, radius vg.Length, at vg.Point) []vg.Point {
	pts := make([]vg.Point, corners)
	for i := range pts {
		sin, cos := math.Sincos(turn + 2*math.Pi*float64(i)/float64(corners))
		pts[i] = vg.Point{X: at.X + radius*vg.Length(cos), Y: at.Y + radius*vg.Length(sin)}
	}
	return pts
}
