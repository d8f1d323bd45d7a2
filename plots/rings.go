package plots

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// rings draws a ring in the look of every point that lies under one of a later
// label: without it a model would be in the legend and nowhere in the figure. A
// ladder needs none, since its line leads to its points.
type rings []costPoints

// Plot implements [plot.Plotter].
func (r rings) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(pt CostPoint) vg.Point { return vg.Point{X: x(pt.Cost), Y: y(pt.Accuracy)} }
	var drawn []vg.Point
	for i := len(r) - 2; i >= 0; i-- { // from the top down: the deeper a point, the wider its ring
		for _, pt := range r[i].points {
			centre, around := at(pt), 0
			if !r.covered(i, centre, at) {
				continue
			}
			for _, other := range drawn {
				if apart(centre, other) < coverRadius {
					around++
				}
			}
			drawn = append(drawn, centre)
			shape := r[i].look.Marker
			radius := shape.Radius + ringGap*vg.Length(around+1)
			path := regular(shape.Corners, shape.Turn, radius, centre)
			path = append(path, path[0], path[1]) // past the end, for a full corner
			c.StrokeLines(draw.LineStyle{Color: r[i].look.Line.Color, Width: vg.Points(1.1)}, path)
		}
	}
}

// Lengths in points.
const (
	coverRadius = 2.5 // markers that are closer hide each other
	ringGap     = 2.4
)

// covered says whether a point of a later label lies over one at a place on the page.
func (r rings) covered(label int, centre vg.Point, at func(CostPoint) vg.Point) bool {
	for _, later := range r[label+1:] {
		for _, pt := range later.points {
			if apart(centre, at(pt)) < coverRadius {
				return true
			}
		}
	}
	return false
}

func apart(a, b vg.Point) vg.Length {
	return vg.Length(math.Hypot(float64(a.X-b.X), float64(a.Y-b.Y)))
}
