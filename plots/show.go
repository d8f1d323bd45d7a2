package plots

import (
	"errors"
	"fmt"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/kernel/cell"
)

// Show puts p under the running notebook cell, at the default size. The error is
// that of [ShowSized].
func Show(p *plot.Plot) error { return ShowSized(p, Size{}) }

// ShowSized puts p under the running notebook cell and returns once the kernel
// has it, so that a cell may end right after. It is an error outside a GoNB
// notebook, or when the connection to the kernel is broken.
//
// The figure is sent as one output in three forms, and the front end picks: SVG,
// which JupyterLab only shows in a trusted notebook, PNG elsewhere, and a line of
// text for a terminal.
func ShowSized(p *plot.Plot, size Size) error {
	if !gonbui.IsNotebook {
		return errNoCell
	}
	data, err := bundle(p, size)
	if err != nil {
		return err
	}
	if err := cell.Show(data); err != nil {
		return fmt.Errorf("plots: show figure: %w", err)
	}
	return nil
}

var errNoCell = errors.New("plots: not in a GoNB notebook, so there is no cell to show the figure in: write it to a file with plots.Save")

// bundle is p as one output in three forms.
func bundle(p *plot.Plot, size Size) (protocol.DisplayData, error) {
	svg, err := Render(p, size, "svg")
	if err != nil {
		return protocol.DisplayData{}, err
	}
	png, err := render(p, size, "png", screenDPI)
	if err != nil {
		return protocol.DisplayData{}, err
	}
	return protocol.DisplayData{
		Data: map[protocol.MIMEType]any{
			// The kernel writes this map as JSON: bytes turn into base64, as Jupyter
			// wants a PNG; an SVG must be text.
			protocol.MIMEImageSVG:  string(svg),
			protocol.MIMEImagePNG:  png,
			protocol.MIMETextPlain: describe(p),
		},
		Metadata: map[string]any{string(protocol.MIMEImagePNG): cssPixels(size)},
	}, nil
}

// screenDPI is the resolution of a PNG in a notebook: sharp on a dense screen, and a quarter of the bytes of one for
// print, which a notebook file would carry for every figure.
const screenDPI = 144

// cssPixels is the size at which a browser shows a PNG as large as the SVG, its
// many pixels going into sharpness.
func cssPixels(size Size) map[string]int {
	const perInch = 96
	size = size.orDefault()
	return map[string]int{
		"width":  int(size.Width.Dots(perInch) + 0.5),
		"height": int(size.Height.Dots(perInch) + 0.5),
	}
}

// describe says in one line what p shows.
func describe(p *plot.Plot) string {
	axes := p.Y.Label.Text
	if p.X.Label.Text != "" {
		axes += " against " + p.X.Label.Text
	}
	if p.Title.Text == "" {
		return "Figure: " + axes
	}
	return fmt.Sprintf("Figure: %s (%s)", p.Title.Text, axes)
}
