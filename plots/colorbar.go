package plots

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// colorBar explains a heat map's colours at the right of the data, in the way of
// [Legend].
type colorBar struct {
	scale  colorScale
	ticker plot.Ticker
	label  string
	keys   []barKey // below the bar
}

// barKey explains cells that have no value: grey ones, with what it draws on them.
type barKey struct {
	label string
	mark  func(c draw.Canvas, cell vg.Rectangle)
}

// Lengths in points.
const (
	barWidth = 10
	barTick  = 3
	barPad   = 3 // from ticks to their labels, and from these to the bar's label
)

// GlyphBoxes implements [plot.GlyphBoxer] to reserve the bar's width.
func (b colorBar) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	width := b.labelAt() + b.title().Height(b.label)
	return []plot.GlyphBox{{X: 1, Rectangle: vg.Rectangle{Max: vg.Point{X: width}}}}
}

// Plot implements [plot.Plotter].
func (b colorBar) Plot(c draw.Canvas, _ *plot.Plot) {
	bar := vg.Rectangle{Min: vg.Point{X: c.Max.X + legendGap, Y: c.Min.Y}, Max: c.Max}
	bar.Max.X = bar.Min.X + barWidth
	sty, frame := SmallText(draw.XLeft, TextMiddle), draw.LineStyle{Color: DarkGrey, Width: vg.Points(0.6)}
	labels := bar.Max.X + barTick + barPad
	for i, key := range b.keys {
		square := vg.Rectangle{Min: bar.Min, Max: vg.Point{X: bar.Max.X, Y: bar.Min.Y + barWidth}}
		Box{Fill: LightGrey}.Draw(c, square)
		key.mark(c, square)
		Box{Outline: frame}.Draw(c, square)
		c.FillText(sty, vg.Point{X: labels, Y: bar.Min.Y + barWidth/2}, key.label)
		bar.Min.Y += legendRow
		if i == len(b.keys)-1 {
			bar.Min.Y += barWidth / 2
		}
	}
	// Each shade reaches to the top, under the next: no seams.
	height := bar.Size().Y
	for i, col := range b.scale.palette()[:shades] {
		shade := bar
		shade.Min.Y += height * vg.Length(i) / shades
		Box{Fill: col}.Draw(c, shade)
	}
	Box{Outline: frame}.Draw(c, bar)
	for _, t := range b.ticks() {
		y := bar.Min.Y + height*vg.Length(b.scale.share(t.Value))
		length := vg.Length(barTick)
		if t.IsMinor() {
			length /= 2
		}
		c.StrokeLine2(frame, bar.Max.X, y, bar.Max.X+length, y)
		if t.Label != "" {
			c.FillText(sty, vg.Point{X: labels, Y: y}, t.Label)
		}
	}
	title := b.title()
	title.Rotation = math.Pi / 2
	c.FillText(title, vg.Point{X: c.Max.X + b.labelAt(), Y: c.Center().Y}, b.label)
}

// ticks leaves out those outside the scale, which an axis would not draw either.
func (b colorBar) ticks() []plot.Tick {
	var ticks []plot.Tick
	for _, t := range b.ticker.Ticks(b.scale.lo, b.scale.hi) {
		if t.Value >= b.scale.lo && t.Value <= b.scale.hi {
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// labelAt is the distance from the data to the bar's own label.
func (b colorBar) labelAt() vg.Length {
	sty := SmallText(draw.XLeft, TextMiddle)
	widest := vg.Length(0)
	for _, key := range b.keys {
		widest = max(widest, sty.Width(key.label))
	}
	for _, t := range b.ticks() {
		widest = max(widest, sty.Width(t.Label))
	}
	return legendGap + barWidth + barTick + barPad + widest + barPad
}

// title is the style of an axis label, whose top is to face the bar.
func (colorBar) title() draw.TextStyle {
	sty := New().Y.Label.TextStyle
	sty.YAlign = draw.YTop
	return sty
}
