package figures

import (
	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/maestro/studies/linear"
	"github.com/maestro-lod/notebook/plots"
)

// Labelled is how a map came near its decomposition, under a name. Those of one name are seeds of one setting.
type Labelled struct {
	Label string
	linear.Recovery
}

// Recoveries draws the largest relative distance over the ranks, ‖W_b − M_b‖_F/‖M_b‖_F, over training, a line a name.
func Recoveries(all []Labelled) (*plot.Plot, error) {
	var series []plots.Series
	for _, r := range all {
		line := plots.Series{Label: r.Label, Y: r.Apart}
		for _, step := range r.Steps {
			line.X = append(line.X, float64(step))
		}
		series = append(series, line)
	}
	p, err := plots.TrainingLoss(series)
	if err == nil {
		p.X.Label.Text, p.Y.Label.Text = "training step", "largest distance of a rank, relative"
	}
	return p, err
}
