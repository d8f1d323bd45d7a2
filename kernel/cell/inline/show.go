package inline

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/kernel/cell"
	"github.com/maestro-lod/notebook/plots"
)

// Show puts p below the running cell, at the default size. It takes what a function of package plots returns, whose
// error, if it is not nil, comes back: Show(plots.TotalRank(runs)). Any other error is that of [ShowSized].
func Show(p *plot.Plot, err ...error) error {
	if err := cmp.Or(err...); err != nil {
		return err
	}
	return ShowSized(p, plots.Size{})
}

// ShowWide is Show of a figure that is wider, with room for long labels beside it.
func ShowWide(p *plot.Plot, err ...error) error {
	return ShowEachWide([]*plot.Plot{p}, err...)
}

// ShowEachWide shows them one below the other.
func ShowEachWide(all []*plot.Plot, err ...error) error {
	if err := cmp.Or(err...); err != nil {
		return err
	}
	for _, p := range all {
		if err := ShowSized(p, plots.Size{Width: 1.3 * plots.DefaultWidth}); err != nil {
			return err
		}
	}
	return nil
}

// ShowSized puts p below the running cell and returns once the kernel has it, so that the cell may end right after.
// It is an error outside a notebook, or when the connection to the kernel is broken.
//
// The figure is sent as one output in three forms, and the front end picks: SVG, which JupyterLab only shows in a
// trusted notebook, PNG elsewhere, and a line of text for a terminal.
func ShowSized(p *plot.Plot, size plots.Size) error {
	if !gonbui.IsNotebook {
		return errNoCell
	}
	data, err := bundle(p, size)
	if err != nil {
		return err
	}
	if err := cell.Show(data); err != nil {
		return fmt.Errorf("show figure: %w", err)
	}
	return nil
}

var errNoCell = errors.New("not in a GoNB notebook, so there is no cell to show the figure in: " +
	"write it to a file with plots.Save")

// bundle is p as one output in three forms.
func bundle(p *plot.Plot, size plots.Size) (protocol.DisplayData, error) {
	svg, err := plots.Render(p, size, "svg")
	if err != nil {
		return protocol.DisplayData{}, err
	}
	png, err := plots.RenderPNG(p, size, screenDPI)
	if err != nil {
		return protocol.DisplayData{}, err
	}
	return protocol.DisplayData{
		Data: map[protocol.MIMEType]any{
			// The kernel writes this map as JSON: bytes turn into base64, as Jupyter wants a PNG; an SVG must be text.
			protocol.MIMEImageSVG:  string(svg),
			protocol.MIMEImagePNG:  png,
			protocol.MIMETextPlain: plots.Describe(p),
		},
		Metadata: map[string]any{string(protocol.MIMEImagePNG): cssPixels(size)},
	}, nil
}

// screenDPI is the resolution of a PNG in a notebook: sharp on a dense screen, and a quarter of the bytes of one for
// print, which a notebook file would carry for every figure.
const screenDPI = 144

// cssPixels is the size at which a browser shows a PNG as large as the SVG, its many pixels going into sharpness.
func cssPixels(size plots.Size) map[string]int {
	const perInch = 96
	size = size.OrDefault()
	return map[string]int{
		"width":  int(size.Width.Dots(perInch) + 0.5),
		"height": int(size.Height.Dots(perInch) + 0.5),
	}
}
