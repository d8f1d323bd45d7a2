package plots

import (
	"bytes"
	"fmt"
	"image/color"
	"regexp"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The size of a figure for which none is given. Its type is legible when a paper
// sets it at two thirds, in one column.
const (
	DefaultWidth  = 5 * vg.Inch
	DefaultHeight = 3.4 * vg.Inch
)

// mostSize is the largest page that a PDF can have.
const mostSize = 200 * vg.Inch

// PNGDPI is the resolution of PNG figures, in pixels an inch.
const PNGDPI = 300

// Size is a figure's width and height. A zero field stands for the default, so
// Size{} is [DefaultWidth] × [DefaultHeight].
type Size struct {
	Width, Height vg.Length
}

// OrDefault fills in the default where a field is zero.
func (s Size) OrDefault() Size {
	if s.Width == 0 {
		s.Width = DefaultWidth
	}
	if s.Height == 0 {
		s.Height = DefaultHeight
	}
	return s
}

// Render draws p into a file's bytes. Format is "pdf" (fonts embedded), "svg" (text
// as outlines, so that no font is needed to show it) or "png" (at [PNGDPI]); another
// one is an error that names these, and so is a negative size, one beyond a PDF's 200
// inches, or text with a character that no font has. Equal plots give equal bytes.
//
// On a narrow page labels of the legend are wrapped, and text longer than the page ends
// in …. On one that is too small for data and type of full size all is drawn smaller.
func Render(p *plot.Plot, size Size, format string) ([]byte, error) {
	return render(p, size, format, PNGDPI)
}

// RenderPNG is [Render] to a PNG of another resolution, in pixels an inch.
func RenderPNG(p *plot.Plot, size Size, dpi int) ([]byte, error) {
	return render(p, size, "png", dpi)
}

func render(p *plot.Plot, size Size, format string, pngDPI int) ([]byte, error) {
	if err := checkFormat(format); err != nil {
		return nil, err
	}
	size = size.OrDefault()
	if size.Width < 0 || size.Height < 0 {
		return nil, fmt.Errorf("plots: size %g by %g points is negative", size.Width.Points(), size.Height.Points())
	}
	if !(max(size.Width, size.Height) <= mostSize) { // also NaN
		return nil, fmt.Errorf("plots: size %g by %g points is none of a page, which has up to %g",
			size.Width.Points(), size.Height.Points(), mostSize.Points())
	}
	var canvas pageCanvas
	switch format {
	case "pdf":
		canvas.writer = pdfCanvas{vgpdf.New(size.Width, size.Height)}
	case "svg":
		canvas.writer = &svgCanvas{Canvas: vgsvg.New(size.Width, size.Height)}
	case "png":
		if pngDPI < 1 {
			return nil, fmt.Errorf("plots: a resolution of %d pixels an inch: it must be at least 1", pngDPI)
		}
		img := vgimg.NewWith(vgimg.UseWH(size.Width, size.Height), vgimg.UseDPI(pngDPI))
		canvas.writer = vgimg.PngCanvas{Canvas: img}
	}
	drawPage(p, draw.New(&canvas))
	if err := canvas.check(); err != nil {
		return nil, err
	}

	var buf bytes.Buffer
	if _, err := canvas.WriteTo(&buf); err != nil {
		return nil, fmt.Errorf("plots: render %s: %w", format, err)
	}
	if format == "pdf" {
		return undated(buf.Bytes()), nil
	}
	return buf.Bytes(), nil
}

func checkFormat(format string) error {
	switch format {
	case "pdf", "svg", "png":
		return nil
	}
	return fmt.Errorf("plots: unknown figure format %q: want pdf, svg or png", format)
}

// drawPage leaves a narrow margin, without which type touches the page's edge.
func drawPage(p *plot.Plot, page draw.Canvas) {
	const margin = 3
	background := p.BackgroundColor
	if background == nil {
		background = color.Transparent
	}
	page.SetColor(background)
	page.Fill(page.Rectangle.Path())
	drawFitted(p, draw.Crop(page, margin, -margin, margin, -margin))
}

// undated overwrites the dates that the PDF writer takes from the clock, in
// place, since a PDF's index counts bytes.
func undated(pdf []byte) []byte {
	date := regexp.MustCompile(`/(?:CreationDate|ModDate) \(D:(\d{14})`)
	for _, m := range date.FindAllSubmatchIndex(pdf, -1) {
		copy(pdf[m[2]:m[3]], "20000101000000")
	}
	return pdf
}
