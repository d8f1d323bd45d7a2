package plots

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bySetting gathers the seeds of each setting, in the order of first mention.
func bySetting(runs []Series) [][]Series {
	var groups [][]Series
	index := map[string]int{}
	for _, r := range runs {
		i, ok := index[r.Label]
		if !ok {
			i = len(groups)
			index[r.Label] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

// summary returns the median of one setting's seeds and the band they span.
func summary(seeds []Series) (Line, Band) {
	cv, b := Line{Label: seeds[0].Label}, Band{}
	next := make([]int, len(seeds)) // the seeds' epochs rise, so they are gone through side by side
	for {
		x := math.Inf(1)
		for k, s := range seeds {
			if next[k] < len(s.X) {
				x = math.Min(x, s.X[next[k]])
			}
		}
		if math.IsInf(x, 1) {
			break
		}
		cv.X = append(cv.X, x)
		var ys []float64
		for k, s := range seeds {
			if next[k] < len(s.X) && s.X[next[k]] == x {
				if y := s.Y[next[k]]; isFinite(y) {
					ys = append(ys, y)
				}
				next[k]++
			}
		}
		slices.Sort(ys)
		lo, mid, hi := math.NaN(), math.NaN(), math.NaN()
		if n := len(ys); n > 0 {
			lo, mid, hi = ys[0], ys[(n-1)/2]+(ys[n/2]-ys[(n-1)/2])/2, ys[n-1]
		}
		cv.Y, b.Low, b.High = append(cv.Y, mid), append(b.Low, lo), append(b.High, hi)
	}
	b.X = cv.X
	return cv, b
}

// Band is a plotter of the area between two lines, with the gaps of the lower one.
// All three are of one length.
type Band struct {
	X, Low, High []float64
	Color        color.Color
}

// DataRange implements [plot.DataRanger].
func (b Band) DataRange() (xMin, xMax, yMin, yMax float64) {
	xMin, xMax, yMin, _ = pointRange(b.X, b.Low)
	_, _, _, yMax = pointRange(b.X, b.High)
	return xMin, xMax, yMin, yMax
}

// Plot implements [plot.Plotter].
func (b Band) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var lower, upper []vg.Point
	end := func() {
		if len(lower) > 1 {
			back := thinned(upper)
			slices.Reverse(back)
			c.FillPolygon(b.Color, append(thinned(lower), back...))
		}
		lower, upper = lower[:0], upper[:0]
	}
	for i := range b.X {
		at := vg.Point{X: x(b.X[i])}
		switch {
		case isFinite(b.Low[i]):
			lower, upper = append(lower, vg.Point{X: at.X, Y: y(b.Low[i])}),
				append(upper, vg.Point{X: at.X, Y: y(b.High[i])})
		case len(lower) > 0 && columnOf(at) > columnOf(lower[len(lower)-1]): // a gap that can be seen
			end()
		}
	}
	end()
}
