package plots

import (
	"bytes"
	"math"
	"testing"

	"gonum.org/v1/plot"
)

// TestOwnFigureIsOurs: a figure put together of what is exported is the one of the package, byte for byte.
func TestOwnFigureIsOurs(t *testing.T) {
	epochs := []float64{1, 2, 3, 4}
	runs := []Series{
		{Label: "a", X: epochs, Y: []float64{40, 30, math.NaN(), 22}},
		{Label: "a", X: epochs, Y: []float64{42, 34, 28, 24}},
		{Label: "b", X: epochs, Y: []float64{50, 20, 10, 5}},
	}
	ours, err := TotalRank(runs)
	if err != nil {
		t.Fatal(err)
	}
	own := New()
	own.X.Label.Text, own.Y.Label.Text, own.X.Tick.Marker = "epoch", "total rank Σᵢ rᵢ", StepTicks{}
	lines := []Line{{Label: "a", X: epochs, Y: []float64{41, 32, 28, 23}}, {Label: "b", X: epochs, Y: runs[2].Y}}
	StyleLines(lines)
	band := Band{X: epochs, Low: []float64{40, 30, 28, 22}, High: []float64{42, 34, 28, 24}}
	band.Color = SeeThrough(lines[0].Style.Color)
	own.Add(NewGrid(), band, lines[0], lines[1], NewLegend(lines[0].Entry(), lines[1].Entry()))
	Margin(own)
	own.Y.Min, own.Y.Max = ours.Y.Min, ours.Y.Max // ranks are counted from 0
	var files [2][]byte
	for i, p := range []*plot.Plot{ours, own} {
		if files[i], err = Render(p, Size{}, "svg"); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the figure of exported parts is another than TotalRank's")
	}
}

// TestMargin: data at the ends of an axis get air, by a factor on a logarithmic axis, and an axis with no data stays
// as it is.
func TestMargin(t *testing.T) {
	p := New()
	p.X.Scale = LogScale{}
	Margin(p)
	if !math.IsInf(p.X.Min, 1) || !math.IsInf(p.Y.Max, -1) {
		t.Errorf("without data the axes are %g to %g and %g to %g", p.X.Min, p.X.Max, p.Y.Min, p.Y.Max)
	}
	p.Add(Line{X: []float64{1, 100, 1000}, Y: []float64{0, 50, math.NaN()}})
	Margin(p)
	if low, high := 1/p.X.Min, p.X.Max/100; math.Abs(low-high) > 1e-9 || low < 1.01 || low > 1.5 {
		t.Errorf("a logarithmic axis of 1 to 100 is %g to %g", p.X.Min, p.X.Max)
	}
	if p.Y.Min >= 0 || p.Y.Min != 50-p.Y.Max || p.Y.Max > 55 {
		t.Errorf("an axis of 0 to 50 is %g to %g", p.Y.Min, p.Y.Max)
	}
}

// TestLegendOfNothing: a legend without entries takes no room and draws nothing.
func TestLegendOfNothing(t *testing.T) {
	p := New()
	p.Add(NewLegend())
	if _, err := Render(p, Size{}, "png"); err != nil {
		t.Error(err)
	}
	if width := NewLegend().width(DefaultWidth); width != 0 {
		t.Errorf("it is %g points wide", width.Points())
	}
}
