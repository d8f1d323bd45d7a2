package plots

import (
	"fmt"
	"sync"

	"codeberg.org/go-fonts/dejavu/dejavusans"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// secondFont has the letters and signs of mathematics that Liberation lacks.
var secondFont = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(dejavusans.TTF)
	if err != nil {
		panic(fmt.Sprintf("plots: the font DejaVu Sans: %v", err))
	}
	return f
})

// faceFor is the face that r is set in: the given one, or the second font's where
// only that one has r.
func faceFor(r rune, face font.Face) font.Face {
	if hasGlyph(face, r) {
		return face
	}
	second := font.Face{
		Font: font.Font{Typeface: "DejaVu", Variant: "Sans", Size: face.Font.Size},
		Face: secondFont(),
	}
	if hasGlyph(second, r) {
		return second
	}
	return face
}

func hasGlyph(face font.Face, r rune) bool {
	idx, err := face.Face.GlyphIndex(nil, r)
	return err == nil && idx != 0 // glyph 0 is the box
}

// outline is the shape of one character with its origin at the given point.
func outline(face font.Face, r rune, at vg.Point) vg.Path {
	// At as many pixels as the font has units, coordinates are the font's own.
	units := face.Face.UnitsPerEm()
	idx, err := face.Face.GlyphIndex(nil, r)
	if err != nil {
		panic(fmt.Sprintf("plots: glyph of %q: %v", r, err))
	}
	segs, err := face.Face.LoadGlyph(nil, idx, fixed.Int26_6(units), nil)
	if err != nil {
		panic(fmt.Sprintf("plots: outline of %q: %v", r, err))
	}
	scale := face.Font.Size / vg.Length(units)
	pt := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: at.X + vg.Length(p.X)*scale, Y: at.Y - vg.Length(p.Y)*scale}
	}
	var path vg.Path
	for i, s := range segs {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				path.Close()
			}
			path.Move(pt(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(pt(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(pt(s.Args[0]), pt(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(pt(s.Args[0]), pt(s.Args[1]), pt(s.Args[2]))
		}
	}
	if len(path) > 0 {
		path.Close()
	}
	return path
}
