package plots

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// specks are the pieces of a broken line that lie within one column of pixels each, by column. A run that measures at
// every other step has a million of them: those of a column whose ink touches are drawn as one.
type specks struct {
	at    float64   // the column
	x     vg.Length // where in it
	spans [][2]vg.Length
}

const dotSide = 1.27 // points, of the square that a lone point is drawn as: a line through one point has no ink

// add takes a piece, and draws what was there of the column before.
func (s *specks) add(c draw.Canvas, cv Line, piece []vg.Point) {
	if at := columnOf(piece[0]); at != s.at || len(s.spans) == 0 {
		s.draw(c, cv)
		s.at, s.x = at, piece[0].X
	}
	low, high := piece[0].Y, piece[0].Y
	for _, pt := range piece {
		low, high = min(low, pt.Y), max(high, pt.Y)
	}
	if short := dotSide - (high - low); short > 0 {
		low, high = low-short/2, high+short/2
	}
	s.spans = append(s.spans, [2]vg.Length{low, high})
}

func (s *specks) draw(c draw.Canvas, cv Line) {
	slices.SortFunc(s.spans, func(a, b [2]vg.Length) int { return cmp.Compare(a[0], b[0]) })
	for i := 0; i < len(s.spans); {
		ink := vg.Rectangle{Min: vg.Point{X: s.x - dotSide/2, Y: s.spans[i][0]}, Max: vg.Point{X: s.x + dotSide/2}}
		for top := s.spans[i][1]; i < len(s.spans) && s.spans[i][0] <= top; i++ {
			top = max(top, s.spans[i][1])
			ink.Max.Y = top
		}
		Box{Fill: cv.Style.Color}.Draw(c, ink)
	}
	s.spans = s.spans[:0]
}

// columnOf numbers the column of pixels that a point lies in.
func columnOf(p vg.Point) float64 { return math.Floor(float64(p.X / column)) }

// oneColumn says whether a piece of a line that rises in x is a speck.
func oneColumn(piece []vg.Point) bool { return columnOf(piece[0]) == columnOf(piece[len(piece)-1]) }
