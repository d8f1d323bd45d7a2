package plots

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sweepMark is a point as it is drawn.
type sweepMark struct {
	SweepPoint
	costs, scores [2]float64 // the ends of its bars
	shape         Marker
	color, bars   color.Color
	baseline      bool
}

// The looks of points that are not on the front, and of bars.
const (
	behindGrey  = Grey(0x80)
	rungGrey    = Grey(0xb0)
	barGrey     = Grey(0xbe)
	barStroke   = 0.8 // points
	barCap      = 2   // points, to either side
	rungRadius  = 0.9
	rungCorners = 8
	manyMarks   = 60 // points, from which on they are smaller
)

func frontColor() color.Color { return Palette(1)[0] }

// sweepShape is the marker of a point of the sweep itself.
func sweepShape(front, partial bool) Marker {
	const circle, tip = 0, 4
	m := Markers()[circle]
	if partial {
		m = Markers()[tip]
	}
	m.Radius *= 1.3
	m.Hollow = !front
	return m
}

// sweepMarks are the points that have a place, from the bottom up.
func sweepMarks(s Sweep, score ValueAxis) (marks []sweepMark) {
	add := func(m sweepMark) {
		if !m.known() {
			return
		}
		m.costs[0], m.costs[1] = ValueAxis{}.spread(m.Cost, m.CostDeviation)
		m.scores[0], m.scores[1] = score.spread(m.Score, m.ScoreDeviation)
		marks = append(marks, m)
	}
	for _, front := range []bool{false, true} {
		for _, pt := range s.Points {
			if pt.Front != front {
				continue
			}
			m := sweepMark{SweepPoint: pt, shape: sweepShape(front, pt.Partial), color: behindGrey, bars: barGrey}
			if front {
				m.color, m.bars = frontColor(), frontColor()
			}
			add(m)
		}
	}
	var labels []string
	for _, pt := range s.Baselines {
		if !slices.Contains(labels, pt.Label) {
			labels = append(labels, pt.Label)
		}
	}
	colors := Palette(len(labels) + 1)[1:]
	var shapes []Marker
	for i, shape := range Markers() {
		if i != 0 && i != 4 { // the sweep's own
			shape.Radius *= 1.3
			shapes = append(shapes, shape)
		}
	}
	for _, pt := range s.Baselines {
		i := slices.Index(labels, pt.Label)
		m := sweepMark{SweepPoint: pt, shape: shapes[i%len(shapes)], color: colors[i], bars: colors[i], baseline: true}
		if pt.Partial {
			m.shape.Hollow = true
		}
		add(m)
	}
	if len(marks) > manyMarks {
		for i := range marks {
			marks[i].shape.Radius *= 0.75
		}
	}
	return marks
}

// spread says whether a bar is drawn.
func (m sweepMark) spread() bool { return m.costs[0] < m.costs[1] || m.scores[0] < m.scores[1] }

// cross are the two bars on the page: along costs and along scores. They end at the axes.
func (m sweepMark) cross(c draw.Canvas, p *plot.Plot) (centre vg.Point, bars [2]vg.Rectangle) {
	x, y := p.Transforms(&c)
	on := func(axis plot.Axis, v float64) float64 { return math.Min(math.Max(v, axis.Min), axis.Max) }
	centre = vg.Point{X: x(m.Cost), Y: y(m.Score)}
	bars[0] = vg.Rectangle{
		Min: vg.Point{X: x(on(p.X, m.costs[0])), Y: centre.Y}, Max: vg.Point{X: x(on(p.X, m.costs[1])), Y: centre.Y},
	}
	bars[1] = vg.Rectangle{
		Min: vg.Point{X: centre.X, Y: y(on(p.Y, m.scores[0]))}, Max: vg.Point{X: centre.X, Y: y(on(p.Y, m.scores[1]))},
	}
	return centre, bars
}

// sweepBars draws the spreads.
type sweepBars []sweepMark

// Plot implements [plot.Plotter].
func (s sweepBars) Plot(c draw.Canvas, p *plot.Plot) {
	for _, m := range s {
		_, bars := m.cross(c, p)
		for i, b := range bars {
			if b.Size() == (vg.Point{}) {
				continue
			}
			line := draw.LineStyle{Color: m.bars, Width: barStroke}
			c.StrokeLine2(line, b.Min.X, b.Min.Y, b.Max.X, b.Max.Y)
			end := vg.Point{Y: barCap}
			if i == 1 {
				end = vg.Point{X: barCap}
			}
			for _, at := range []vg.Point{b.Min, b.Max} {
				stop := vg.Rectangle{Min: at.Sub(end), Max: at.Add(end)}
				if inside(grown(stop, barStroke), c.Rectangle) { // a bar that an axis cuts off has none
					c.StrokeLine2(line, stop.Min.X, stop.Min.Y, stop.Max.X, stop.Max.Y)
				}
			}
		}
	}
}

// sweepMarkers draws the means.
type sweepMarkers []sweepMark

// Plot implements [plot.Plotter].
func (s sweepMarkers) Plot(c draw.Canvas, p *plot.Plot) {
	for _, m := range s {
		centre, _ := m.cross(c, p)
		m.shape.Draw(c, m.color, centre)
	}
}

// rungDots draws the models of ladders, those of a spot as one.
type rungDots []CostPoint

// Plot implements [plot.Plotter].
func (r rungDots) Plot(c draw.Canvas, p *plot.Plot) {
	const spot = 0.5 // points
	x, y := p.Transforms(&c)
	seen := map[[2]int]bool{}
	for _, pt := range r {
		if !isFinite(pt.Cost) || !isFinite(pt.Accuracy) {
			continue
		}
		at := vg.Point{X: x(pt.Cost), Y: y(pt.Accuracy)}
		if place := [2]int{int(at.X / spot), int(at.Y / spot)}; !seen[place] {
			seen[place] = true
			c.FillPolygon(rungGrey, regular(rungCorners, 0, rungRadius, at))
		}
	}
}
