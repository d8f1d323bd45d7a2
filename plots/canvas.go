package plots

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgpdf"
)

// writer is a canvas of one file format.
type writer interface {
	vg.CanvasSizer
	io.WriterTo
}

// pageCanvas has all text of a figure, whichever handler sets it, drawn the same
// way in every format, and notes the characters that no font has: writers draw
// boxes in their place.
type pageCanvas struct {
	writer
	missing []rune
}

// pageOf returns the page that c draws on, if it is one of ours.
func pageOf(c vg.Canvas) (*pageCanvas, bool) {
	for {
		switch inner := c.(type) {
		case *pageCanvas:
			return inner, true
		case *draw.Canvas:
			c = inner.Canvas
		case draw.Canvas: // cropped ones hold one another
			c = inner.Canvas
		default:
			return nil, false
		}
	}
}

// FillString implements [vg.Canvas].
func (c *pageCanvas) FillString(face font.Face, at vg.Point, text string) {
	c.fillLine(plainLine(text, face, at))
}

func (c *pageCanvas) fillLine(l textLine) {
	if !utf8.ValidString(l.text) {
		c.miss(utf8.RuneError)
	}
	for _, r := range l.runs {
		for _, ch := range r.text {
			if !hasGlyph(r.face, ch) {
				c.miss(ch)
			}
		}
	}
	if l.size == 0 {
		return
	}
	if w, ok := c.writer.(interface{ fillLine(textLine) }); ok {
		w.fillLine(l)
		return
	}
	for _, r := range l.runs {
		r.fill(c.writer)
	}
}

func (c *pageCanvas) miss(r rune) {
	if !slices.Contains(c.missing, r) {
		c.missing = append(c.missing, r)
	}
}

// check is an error if the page lacks a character.
func (c *pageCanvas) check() error {
	if len(c.missing) == 0 {
		return nil
	}
	var names []string
	for _, r := range c.missing {
		names = append(names, fmt.Sprintf("%q (%U)", r, r))
	}
	return fmt.Errorf("plots: the fonts of figures, Liberation and DejaVu Sans, have no %s: write the text without it",
		strings.Join(names, ", "))
}

// pdfCanvas makes up for faults of the PDF writer: it embeds the last of several
// fonts under the name of each, has no colour for nil, which stands for black,
// darkens colours by their transparency, and draws images upside down.
type pdfCanvas struct{ *vgpdf.Canvas }

// FillString implements [vg.Canvas]. Only text in the house font is text, the rest
// is outlines.
func (c pdfCanvas) FillString(face font.Face, at vg.Point, text string) {
	house := sans(0)
	if face.Name() == house.Name() {
		c.Canvas.FillString(face, at, text)
		return
	}
	c.Fill(run{text, face, at}.outline())
}

// SetColor implements [vg.Canvas].
func (c pdfCanvas) SetColor(col color.Color) {
	if col == nil {
		col = color.Black
	}
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
