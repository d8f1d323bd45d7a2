package plots

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ImportanceHeatMap draws one layer's importance ‖U_b:‖·‖V_b:‖ as colour, one
// column an epoch and one row a rank, rank 1 at the bottom, so that the coloured
// area's upper edge is the layer's rank. importance[i][k] belongs to epochs[i]
// and rank k+1. Colours are on a logarithmic scale; values at or below zero are
// drawn as in [RankDistance]. Ranks that were cut away, which rows are too short
// for or have a NaN at, are light grey, and so are infinite values.
//
// It is an error if there is no epoch or no rank, if epochs do not rise, or if
// there are not as many rows as epochs.
func ImportanceHeatMap(epochs []int, importance [][]float64) (*plot.Plot, error) {
	if err := checkHeatMap(epochs, importance); err != nil {
		return nil, err
	}
	h := heatMap{edges: cellEdges(epochs), values: floored(importance), ranks: longest(importance)}
	h.scale.lo, h.scale.hi = logRange(finiteRange(h.values, nil))
	cut := false
	for _, row := range h.values {
		cut = cut || len(row) < h.ranks || slices.ContainsFunc(row, func(v float64) bool { return !isFinite(v) })
	}

	p := New()
	p.X.Label.Text, p.X.Tick.Marker = "epoch", StepTicks{}
	p.Y.Label.Text, p.Y.Tick.Marker = "rank b", RankTicks{}
	p.X.Min, p.X.Max = h.edges[0], h.edges[len(epochs)]
	p.Y.Min, p.Y.Max = 0.5, float64(h.ranks)+0.5
	bar := colorBar{scale: h.scale, ticker: LogTicks{}, label: "importance ‖U_{b:}‖·‖V_{b:}‖"}
	if cut {
		bar.keys = []barKey{{"cut", func(draw.Canvas, vg.Rectangle) {}}}
	}
	p.Add(h, bar)
	return p, nil
}

func checkHeatMap(epochs []int, importance [][]float64) error {
	if len(epochs) == 0 {
		return errors.New("plots: heat map has no epoch")
	}
	for i := 1; i < len(epochs); i++ {
		if epochs[i] <= epochs[i-1] {
			return fmt.Errorf("plots: epochs must rise, but epoch %d follows epoch %d", epochs[i], epochs[i-1])
		}
	}
	if len(importance) != len(epochs) {
		return fmt.Errorf("plots: %d rows of importance for %d epochs", len(importance), len(epochs))
	}
	if longest(importance) == 0 {
		return errors.New("plots: heat map has no rank")
	}
	return nil
}

func longest(rows [][]float64) int {
	n := 0
	for _, row := range rows {
		n = max(n, len(row))
	}
	return n
}

// cellEdges are halfway between epochs, one more than these.
func cellEdges(epochs []int) []float64 {
	before, after := 1.0, 1.0
	x := floats(epochs)
	n := len(x)
	if n > 1 {
		before, after = x[1]-x[0], x[n-1]-x[n-2]
	}
	// Floats that stand for very large epochs are further apart than 1.
	before, after = math.Max(before, 1e-9*math.Abs(x[0])), math.Max(after, 1e-9*math.Abs(x[n-1]))
	edges := []float64{x[0] - before/2}
	for i := 1; i < n; i++ {
		edges = append(edges, (x[i-1]+x[i])/2)
	}
	return append(edges, x[n-1]+after/2)
}

// heatMap draws cells as one image: as many rectangles would make a large file,
// and viewers show seams between them.
type heatMap struct {
	edges  []float64 // of columns
	values [][]float64
	ranks  int
	scale  colorScale
}

// Plot implements [plot.Plotter].
func (h heatMap) Plot(c draw.Canvas, p *plot.Plot) {
	c.DrawImage(c.Rectangle, h.image())
	frame, half := c.Rectangle, p.X.Width/2 // in place of the axes, which the image hides
	frame.Min, frame.Max = frame.Min.Add(vg.Point{X: half, Y: half}), frame.Max.Sub(vg.Point{X: half, Y: half})
	Box{Outline: p.X.LineStyle}.Draw(c, frame)
}

// image has many pixels a cell, since whoever scales it up may smooth it.
func (h heatMap) image() image.Image {
	const fine = 1200 // pixels: DefaultWidth at PNGDPI, without the margins
	cols, rows := len(h.values), h.ranks
	// More cells than pixels would make a picture of any size: each pixel then shows the cell at its middle.
	const most = 4 * fine
	img := image.NewPaletted(image.Rect(0, 0, min(upTo(fine, cols), most), min(upTo(fine/2, rows), most)),
		h.scale.palette())
	size := img.Bounds().Size()
	first, span := h.edges[0], h.edges[cols]-h.edges[0]
	for px := range size.X {
		at := first + span*(float64(px)+0.5)/float64(size.X)
		row := h.values[sort.SearchFloat64s(h.edges, at)-1]
		for py := range size.Y {
			k := (size.Y - 1 - py) * rows / size.Y
			v := math.NaN()
			if k < len(row) {
				v = row[k]
			}
			img.SetColorIndex(px, py, h.scale.index(v))
		}
	}
	return img
}

// upTo is the smallest multiple of n that is at least the given size.
func upTo(size, n int) int { return (size + n - 1) / n * n }

// colorScale maps values between lo and hi to colours, by their logarithm unless it is linear.
type colorScale struct {
	lo, hi float64
	linear bool
}

// share is how far v is from lo to hi.
func (s colorScale) share(v float64) float64 {
	t := 0.0
	if s.linear {
		t = LinearScale{}.Normalize(s.lo, s.hi, v)
	} else {
		t = LogScale{}.Normalize(s.lo, s.hi, v)
	}
	// The ends of the float range lie outside that of a log axis.
	return min(max(t, 0), 1)
}

// shades leaves one of a palette's 256 entries for values that have no colour.
const shades = 255

func (colorScale) palette() color.Palette {
	colors := make(color.Palette, shades, shades+1)
	for i := range colors {
		colors[i] = Viridis(float64(i) / (shades - 1))
	}
	return append(colors, color.GrayModel.Convert(LightGrey))
}

func (s colorScale) index(v float64) uint8 {
	if !isFinite(v) {
		return shades
	}
	return uint8(math.Round(s.share(v) * (shades - 1)))
}
