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
func summary(seeds []Series) (curve, band) {
	cv, b := curve{name: seeds[0].Label}, band{}
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
		cv.x = append(cv.x, x)
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
		cv.y, b.lo, b.hi = append(cv.y, mid), append(b.lo, lo), append(b.hi, hi)
	}
	b.x = cv.x
	return cv, b
}

// band fills the area between two curves, with the gaps of the lower one.
type band struct {
	x, lo, hi []float64
	color     color.Color
}

// Plot implements [plot.Plotter].
func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i := 0; i < len(b.x); i++ {
		var lower, upper []vg.Point
		for ; i < len(b.x) && isFinite(b.lo[i]); i++ {
			lower = append(lower, vg.Point{X: x(b.x[i]), Y: y(b.lo[i])})
			upper = append(upper, vg.Point{X: x(b.x[i]), Y: y(b.hi[i])})
		}
		if len(lower) > 1 {
			lower, upper = thinned(lower), thinned(upper)
			slices.Reverse(upper)
			c.FillPolygon(b.color, append(lower, upper...))
		}
	}
}

// seeThrough lets bands that overlap, and the grid, show through each other.
func seeThrough(c color.Color) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = 0x38
	return n
}
