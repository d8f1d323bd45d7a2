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

// PNGDPI is the resolution of PNG figures, in pixels an inch.
const PNGDPI = 300

// Size is a figure's width and height. A zero field stands for the default, so
// Size{} is [DefaultWidth] × [DefaultHeight].
type Size struct {
	Width, Height vg.Length
}

func (s Size) orDefault() Size {
	if s.Width == 0 {
		s.Width = DefaultWidth
	}
	if s.Height == 0 {
		s.Height = DefaultHeight
	}
	return s
}

// Render draws p into a file's bytes. Format is "pdf" (fonts embedded), "svg" or
// "png" (at [PNGDPI]); another one is an error that names these, and so is a
// negative size, or a character in a label that no font of
// the figures has. Text in an SVG is drawn as outlines, so that it needs no font where it is shown. Equal plots give equal bytes.
func Render(p *plot.Plot, size Size, format string) ([]byte, error) {
	return render(p, size, format, PNGDPI)
}

func render(p *plot.Plot, size Size, format string, pngDPI int) ([]byte, error) {
	if err := checkFormat(format); err != nil {
		return nil, err
	}
	size = size.orDefault()
	if size.Width < 0 || size.Height < 0 {
		return nil, fmt.Errorf("plots: size %g by %g points is negative", size.Width.Points(), size.Height.Points())
	}
	var canvas pageCanvas
	switch format {
	case "pdf":
		canvas.writer = pdfCanvas{vgpdf.New(size.Width, size.Height)}
	case "svg":
		canvas.writer = svgCanvas{vgsvg.New(size.Width, size.Height)}
	case "png":
		canvas.writer = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(size.Width, size.Height), vgimg.UseDPI(pngDPI))}
	}
	drawPage(p, draw.New(&canvas))
	if err := canvas.check(); err != nil {
		return nil, err
	}

	var buf bytes.Buffer
	if _, err := canvas.WriteTo(&buf); err != nil {
		return nil, fmt.Errorf("plots: render %s: %w", format, err)
	}
	switch format {
	case "pdf":
		return undated(buf.Bytes()), nil
	case "svg":
		return withFilledImages(withHiddenText(buf.Bytes())), nil
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

// withHiddenText makes the text under its outlines invisible, and names fonts of the same widths for it.
func withHiddenText(svg []byte) []byte {
	svg = bytes.ReplaceAll(svg, []byte("<text "), []byte(`<text fill-opacity="0" `))
	return bytes.ReplaceAll(svg,
		[]byte("font-family:Liberation Sans;"),
		[]byte("font-family:'Liberation Sans',Arimo,Arial,Helvetica,sans-serif;"))
}

// withFilledImages has images fill the rectangle they were given, where an SVG
// would keep their proportions, and corrects their type: the writer calls its
// PNGs JPEGs.
func withFilledImages(svg []byte) []byte {
	svg = bytes.ReplaceAll(svg, []byte("<image "), []byte(`<image preserveAspectRatio="none" `))
	return bytes.ReplaceAll(svg, []byte("data:image/jpg;base64,"), []byte("data:image/png;base64,"))
}
