package plots

import (
	"unicode"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// isAccent is whether r stands on the character before it, as the hat of x̂ does.
func isAccent(r rune) bool { return unicode.Is(unicode.Mn, r) }

// accentShift moves an accent, whose origin is that of the base it stands on, to the
// middle of the base and, if it belongs above small letters, clear of a tall one.
func accentShift(accent rune, accentFace font.Face, base rune, baseFace font.Face) vg.Point {
	mark, letter := bounds(outline(accentFace, accent, vg.Point{})), bounds(outline(baseFace, base, vg.Point{}))
	x := bounds(outline(baseFace, 'x', vg.Point{}))
	shift := vg.Point{X: (letter.Min.X + letter.Max.X - mark.Min.X - mark.Max.X) / 2}
	if mark.Min.Y > x.Max.Y/2 {
		shift.Y = max(0, letter.Max.Y-x.Max.Y)
	}
	return shift
}

// bounds is the rectangle around the points of a path, including those that only
// draw a curve towards them.
func bounds(path vg.Path) vg.Rectangle {
	var r vg.Rectangle
	first := true
	for _, comp := range path {
		if comp.Type == vg.CloseComp {
			continue
		}
		for _, p := range append(comp.Control, comp.Pos) {
			if first {
				r, first = vg.Rectangle{Min: p, Max: p}, false
			}
			r.Min = vg.Point{X: min(r.Min.X, p.X), Y: min(r.Min.Y, p.Y)}
			r.Max = vg.Point{X: max(r.Max.X, p.X), Y: max(r.Max.Y, p.Y)}
		}
	}
	return r
}
