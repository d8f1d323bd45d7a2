package plots

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"slices"
	"strings"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// pageCanvas notes the characters that are to be set in a font without them, where its writer would draw boxes.
type pageCanvas struct {
	writer
	missing []rune
}

type writer interface {
	vg.CanvasSizer
	io.WriterTo
}

// FillString implements [vg.Canvas].
func (c *pageCanvas) FillString(face font.Face, at vg.Point, text string) {
	for _, r := range text {
		if !has(face, r) && !slices.Contains(c.missing, r) {
			c.missing = append(c.missing, r)
		}
	}
	c.writer.FillString(face, at, text)
}

func (c *pageCanvas) check() error {
	if len(c.missing) == 0 {
		return nil
	}
	var names []string
	for _, r := range c.missing {
		names = append(names, fmt.Sprintf("%q (%U)", r, r))
	}
	return fmt.Errorf("plots: no font of the figures has the character %s: write the label without it", strings.Join(names, ", "))
}

// svgCanvas draws text as outlines, so that it looks the same on machines without its font. Under them lies the text
// itself, not seen, for readers who search or select it.
type svgCanvas struct{ *vgsvg.Canvas }

// FillString implements [vg.Canvas].
func (c svgCanvas) FillString(face font.Face, at vg.Point, text string) {
	c.Canvas.FillString(face, at, text)
	units := fixed.Int26_6(face.Face.UnitsPerEm())
	natural := face
	natural.Font.Size = vg.Length(units) // whole numbers in the path
	var path vg.Path
	x, before := vg.Length(0), sfnt.GlyphIndex(0)
	for i, r := range text {
		glyph, err := face.Face.GlyphIndex(nil, r)
		if err != nil {
			continue // pageCanvas has noted it
		}
		if i > 0 {
			if kern, err := face.Face.Kern(nil, before, glyph, units, 0); err == nil {
				x += vg.Length(kern)
			}
		}
		path = append(path, outline(natural, r, vg.Point{X: x})...)
		if advance, err := face.Face.GlyphAdvance(nil, glyph, units, 0); err == nil {
			x += vg.Length(advance)
		}
		before = glyph
	}
	if len(path) == 0 {
		return
	}
	c.Push()
	defer c.Pop()
	c.Translate(at)
	scale := face.Font.Size.Points() / float64(units)
	c.Scale(scale, scale)
	c.Fill(path)
}

// pdfCanvas makes up for two faults of the PDF writer: it darkens colours by their
// transparency, and draws images upside down.
type pdfCanvas struct{ *vgpdf.Canvas }

// SetColor implements [vg.Canvas].
func (c pdfCanvas) SetColor(col color.Color) {
	c.Canvas.SetColor(straight(color.NRGBAModel.Convert(col).(color.NRGBA)))
}

// DrawImage implements [vg.Canvas].
func (c pdfCanvas) DrawImage(rect vg.Rectangle, img image.Image) {
	c.Push()
	defer c.Pop()
	c.Translate(vg.Point{Y: rect.Min.Y + rect.Max.Y})
	c.Scale(1, -1)
	c.Canvas.DrawImage(rect, img)
}

// straight is a colour whose RGBA breaks the rule that alpha darkens the rest.
type straight color.NRGBA

// RGBA implements [color.Color].
func (s straight) RGBA() (r, g, b, a uint32) {
	return uint32(s.R) * 0x101, uint32(s.G) * 0x101, uint32(s.B) * 0x101, uint32(s.A) * 0x101
}
