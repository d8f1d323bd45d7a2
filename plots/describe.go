package plots

import (
	"fmt"

	"gonum.org/v1/plot"
)

// Describe says in one line what p shows, for where there is no picture: "Figure: singular value against training
// step".
func Describe(p *plot.Plot) string {
	axes := p.Y.Label.Text
	if p.X.Label.Text != "" {
		axes += " against " + p.X.Label.Text
	}
	if p.Title.Text == "" {
		return "Figure: " + axes
	}
	return fmt.Sprintf("Figure: %s (%s)", p.Title.Text, axes)
}
