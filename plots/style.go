package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of type in points, for labels of axes and for all smaller text: a figure of
// the default width is set at two thirds in a paper's column, where these come out
// at 7.
const (
	LabelSize = 11
	SmallSize = 10
)

// Alignments that put the middle of figures and small letters, not that of the
// font's full height, at the given point; axes shift their labels by a descent.
const (
	TextMiddle draw.YAlignment = -0.39
	tickMiddle draw.YAlignment = -0.58
)

func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// SmallText is the style of tick labels, legend entries and events, for notes of
// one's own. [TextMiddle] centres it on a point.
func SmallText(x draw.XAlignment, y draw.YAlignment) draw.TextStyle {
	return draw.TextStyle{
		Color: color.Black, Font: sans(SmallSize),
		XAlign: x, YAlign: y, Handler: NewMathText(),
	}
}

// New returns an empty plot in the house style: its type, which sets mathematics as
// [MathText] does, thin axes that meet in a corner, and round numbers on both. Its
// labels, ranges and all that is added to it are the caller's; see the example.
func New() *plot.Plot {
	p := plot.New()
	p.TextHandler = NewMathText()
	p.Title.TextStyle.Font, p.Title.TextStyle.Handler = sans(LabelSize), NewMathText()
	p.Legend.TextStyle.Font, p.Legend.TextStyle.Handler = sans(SmallSize), NewMathText()
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Scale = LinearScale{}
		a.Width = vg.Points(0.7)
		a.Tick.Width = vg.Points(0.7)
		a.Tick.Length = vg.Points(4)
		a.Tick.Label.Font, a.Tick.Label.Handler = sans(SmallSize), NewMathText()
		a.Label.TextStyle.Font, a.Label.TextStyle.Handler = sans(LabelSize), axisLabel{NewMathText()}
		a.Label.Padding = vg.Points(3)
		a.Padding = -a.Width // the axes meet in a full corner; their ranges leave the air
		a.Tick.Marker = LinearTicks{}
	}
	p.Y.Tick.Label.YAlign = tickMiddle
	// The plot measures the gap beside the tick labels in the label's type and
	// draws it in the ticks' own.
	p.Y.Padding -= p.Y.Label.TextStyle.Width(" ") - p.Y.Tick.Label.Width(" ")
	return p
}

// NewGrid returns the grid that figures have behind their data, of horizontal lines
// only.
func NewGrid() *plotter.Grid {
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil
	grid.Horizontal = draw.LineStyle{Color: LightGrey, Width: vg.Points(0.5)}
	return grid
}

// StyleLines gives lines the look of a figure: neighbours differ in colour and, up
// to as many lines as a legend lists, in marker.
func StyleLines(lines []Line) {
	colors, shapes := Palette(len(lines)), Markers()
	width, size := vg.Points(1.4), vg.Length(1)
	if len(lines) > maxNamed {
		width, size = vg.Points(1.1), 0.75
	}
	for k := range lines {
		l := &lines[k]
		l.Style = draw.LineStyle{Color: colors[k], Width: width}
		if len(lines) <= 2*maxNamed {
			l.Marker = shapes[k%len(shapes)]
			l.Marker.Radius *= size
			// Multiples of the golden ratio keep neighbours' markers apart.
			_, phase := math.Modf(float64(k) * math.Phi)
			l.Marked = markedPoints(len(l.X), phase)
		}
	}
}

// DashedStyle is the look of lines that say what is exact or known before, beside
// what was measured.
func DashedStyle(col color.Color) draw.LineStyle {
	return draw.LineStyle{Color: col, Width: vg.Points(0.9), Dashes: []vg.Length{vg.Points(4), vg.Points(2.5)}}
}

// Margin widens both axes of p so that markers at the ends of the data clear them.
// Call it once all data are added. An axis whose scale is [LogScale] is widened by a
// factor.
func Margin(p *plot.Plot) {
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		_, log := a.Scale.(LogScale)
		switch {
		case !(a.Min <= a.Max) || math.IsInf(a.Min, 0) || math.IsInf(a.Max, 0): // nothing was added
		case !log:
			a.Min, a.Max = airyRange(a.Min, a.Max)
		case a.Min > 0:
			a.Min, a.Max = widened(a.Min, a.Max)
		}
	}
}
