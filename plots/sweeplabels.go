package plots

import (
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sweepLabels writes the points' labels beside them where they cover nothing, those of the front first.
type sweepLabels struct {
	marks       []sweepMark
	rungs       []CostPoint
	front       Line
	lowerBetter bool
}

// Lengths in points.
const (
	labelType = 8
	labelGap  = 1.5 // around a label
)

// labelledPoints are so many that, where there are more, only those of the front are labelled: between the others
// there is no room, and it would be looked for in a time that grows with their square.
const labelledPoints = 300

// Plot implements [plot.Plotter].
func (s sweepLabels) Plot(c draw.Canvas, p *plot.Plot) {
	taken := s.taken(c, p)
	for _, front := range []bool{true, false} {
		if !front && len(s.marks) > labelledPoints {
			break
		}
		for _, m := range s.marks {
			if m.Front != front || m.baseline || m.Label == "" {
				continue
			}
			sty := SmallText(draw.XLeft, TextMiddle)
			sty.Font.Size = labelType
			if !front {
				sty.Color = DarkGrey
			}
			centre, bars := m.cross(c, p)
			size := vg.Point{X: sty.Width(m.Label), Y: 0.8 * labelType}
			at, ok := s.place(centre, bars, size, m.shape.Radius+1.1*labelGap, front, c.Rectangle, taken)
			if !ok {
				continue
			}
			taken = append(taken, at)
			c.FillText(sty, vg.Point{X: at.Min.X, Y: (at.Min.Y + at.Max.Y) / 2}, m.Label)
		}
	}
}

// taken is what labels must not cover.
func (s sweepLabels) taken(c draw.Canvas, p *plot.Plot) (taken []vg.Rectangle) {
	x, y := p.Transforms(&c)
	around := func(at vg.Point, r vg.Length) vg.Rectangle {
		return vg.Rectangle{Min: vg.Point{X: at.X - r, Y: at.Y - r}, Max: vg.Point{X: at.X + r, Y: at.Y + r}}
	}
	for _, m := range s.marks {
		centre, bars := m.cross(c, p)
		taken = append(taken, around(centre, m.shape.Radius))
		for i, b := range bars {
			if b.Size() != (vg.Point{}) {
				taken = append(taken, b, barEnd(i, b.Min), barEnd(i, b.Max))
			}
		}
	}
	for _, r := range s.rungs {
		if isFinite(r.Cost) && isFinite(r.Accuracy) {
			taken = append(taken, around(vg.Point{X: x(r.Cost), Y: y(r.Accuracy)}, rungRadius))
		}
	}
	for i := 1; i < len(s.front.X); i++ {
		a, b := vg.Point{X: x(s.front.X[i-1]), Y: y(s.front.Y[i-1])}, vg.Point{X: x(s.front.X[i]), Y: y(s.front.Y[i])}
		taken = append(taken, vg.Rectangle{
			Min: vg.Point{X: min(a.X, b.X), Y: min(a.Y, b.Y)}, Max: vg.Point{X: max(a.X, b.X), Y: max(a.Y, b.Y)},
		})
	}
	return taken
}

// place is a free rectangle beside a point: first on the side where a front's points have none better, and behind the
// front for the others.
func (s sweepLabels) place(
	centre vg.Point, bars [2]vg.Rectangle, size vg.Point, off vg.Length, front bool,
	data vg.Rectangle, taken []vg.Rectangle,
) (vg.Rectangle, bool) {
	up := vg.Length(1)
	if front == s.lowerBetter {
		up = -1
	}
	left := vg.Length(-1)
	if !front {
		left = 1
	}
	const beside, close = barCap + 1.1*labelGap, 1.3 * labelGap // of caps, of bars
	above, below := bars[1].Max.Y-centre.Y+1.1*labelGap, centre.Y-bars[1].Min.Y+1.1*labelGap
	if up < 0 {
		above, below = below, above
	}
	// Distances of the label's nearest sides, to the left or right and above or below; its middle where they are 0.
	for _, away := range []vg.Point{
		{X: left * beside, Y: up * off}, {X: left * close, Y: up * off}, {X: -left * beside, Y: -up * off},
		{X: left * beside, Y: -up * off}, {X: -left * beside, Y: up * off}, {X: -left * close, Y: -up * off},
		{X: left * off}, {X: -left * off}, {Y: up * max(off, above)}, {Y: -up * max(off, below)},
	} {
		at := centre.Add(away).Add(vg.Point{X: size.X / 2 * sign(away.X), Y: size.Y / 2 * sign(away.Y)})
		label := vg.Rectangle{Min: at.Sub(size.Scale(0.5)), Max: at.Add(size.Scale(0.5))}
		if !inside(label, data) {
			continue
		}
		if !slices.ContainsFunc(taken, func(r vg.Rectangle) bool { return overlap(grown(label, labelGap), r) }) {
			return label, true
		}
	}
	return vg.Rectangle{}, false
}

func sign(x vg.Length) vg.Length {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

func grown(r vg.Rectangle, by vg.Length) vg.Rectangle {
	out := vg.Point{X: by, Y: by}
	return vg.Rectangle{Min: r.Min.Sub(out), Max: r.Max.Add(out)}
}

// overlap says whether two rectangles, of which one may have no area, share a point.
func overlap(a, b vg.Rectangle) bool {
	return a.Min.X <= b.Max.X && b.Min.X <= a.Max.X && a.Min.Y <= b.Max.Y && b.Min.Y <= a.Max.Y
}

func inside(r, within vg.Rectangle) bool {
	return within.Min.X <= r.Min.X && r.Max.X <= within.Max.X && within.Min.Y <= r.Min.Y && r.Max.Y <= within.Max.Y
}
