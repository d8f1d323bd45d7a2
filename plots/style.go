package plots

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of type in points: a figure of the default width is set at two thirds in
// a paper's column, where these come out at 7.
const (
	labelSize = 11
	smallSize = 10
)

// Alignments that put the middle of figures and small letters, not that of the
// font's full height, at the given point; axes shift their labels by a descent.
const (
	textMiddle draw.YAlignment = -0.39
	tickMiddle draw.YAlignment = -0.58
)

func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// smallText is the style of tick labels, legend entries and events.
func smallText(x draw.XAlignment, y draw.YAlignment) draw.TextStyle {
	return draw.TextStyle{
		Color: color.Black, Font: sans(smallSize),
		XAlign: x, YAlign: y, Handler: newMathText(),
	}
}

// newPlot is an empty plot in the house style.
func newPlot() *plot.Plot {
	p := plot.New()
	p.TextHandler = newMathText()
	p.Title.TextStyle.Font, p.Title.TextStyle.Handler = sans(labelSize), newMathText()
	p.Legend.TextStyle.Font, p.Legend.TextStyle.Handler = sans(smallSize), newMathText()
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Scale = linearScale{}
		a.Width = vg.Points(0.7)
		a.Tick.Width = vg.Points(0.7)
		a.Tick.Length = vg.Points(4)
		a.Tick.Label.Font, a.Tick.Label.Handler = sans(smallSize), newMathText()
		a.Label.TextStyle.Font, a.Label.TextStyle.Handler = sans(labelSize), axisLabel{newMathText()}
		a.Label.Padding = vg.Points(3)
		a.Padding = -a.Width // the axes meet in a full corner; their ranges leave the air
	}
	p.Y.Tick.Label.YAlign = tickMiddle
	// The plot measures the gap beside the tick labels in the label's type and
	// draws it in the ticks' own.
	p.Y.Padding -= p.Y.Label.TextStyle.Width(" ") - p.Y.Tick.Label.Width(" ")
	return p
}
