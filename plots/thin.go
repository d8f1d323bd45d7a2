package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// column is the width of a pixel of a figure for print.
const column = vg.Inch / PNGDPI

// thinned leaves out points that no one can see: of more than four that share a column of pixels only the first, the
// lowest, the highest and the last stay, since the line through these inks the same pixels. A million steps then cost
// no more ink than a thousand. The points' x must not fall.
func thinned(points []vg.Point) []vg.Point {
	var kept []vg.Point
	for len(points) > 0 {
		at := math.Floor(float64(points[0].X / column))
		n := 1
		for n < len(points) && math.Floor(float64(points[n].X/column)) == at {
			n++
		}
		if n <= 4 {
			kept = append(kept, points[:n]...)
		} else {
			low, high := 0, 0
			for i, p := range points[:n] {
				if p.Y < points[low].Y {
					low = i
				}
				if p.Y > points[high].Y {
					high = i
				}
			}
			stay := []int{0, low, high, n - 1}
			slices.Sort(stay)
			for _, i := range slices.Compact(stay) {
				kept = append(kept, points[i])
			}
		}
		points = points[n:]
	}
	return kept
}
