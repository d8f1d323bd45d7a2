package baselines

import (
	"context"
	"errors"
	"fmt"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// SIFD trains factors of a fixed share of every layer's rank from the first step on. They begin as the singular value
// decomposition of the matrices that the whole network would have begun with, and weight decay is on the products in
// place of the factors: spectral initialisation and Frobenius decay (Khodak, Tenenholtz, Mackey and Fusi, ICLR 2021).
type SIFD struct {
	Keep  Keep
	Ratio float64 // rank over full rank, above 0 to 1
}

// Check returns an error that names the first setting that cannot be.
func (p SIFD) Check(s runs.Settings) error {
	if !(p.Ratio > 0 && p.Ratio <= 1) {
		return fmt.Errorf("si&fd: ratio is %g: it must be above 0, up to 1", p.Ratio)
	}
	return errors.Join(p.Keep.check("si&fd"), train.Check(s))
}

// Settings are those of the run: the weight decay becomes the products', unless one is given for these.
func (SIFD) Settings(s runs.Settings) runs.Settings {
	s = whole(s)
	if s.FrobeniusDecay == 0 {
		s.FrobeniusDecay = s.WeightDecay
	}
	return s
}

// Train trains in a run folder, or goes on with what is there, and returns the run at its end. The network as it was
// drawn stays in the folder's warm/.
func (p SIFD) Train(ctx context.Context, dir string, s runs.Settings, _ *train.Run, lab trial.Lab) (*train.Run, error) {
	if err := p.Check(s); err != nil {
		return nil, err
	}
	return trainWarm(ctx, dir, p.Settings(s), p.note(), lab,
		func(_ context.Context, drawn *train.Run) (train.Branching, error) {
			if drawn.Epoch() > 0 {
				return train.Branching{}, tooWarm(drawn, 0)
			}
			return train.Branching{Change: func(n *lod.Network) error {
				return factorise(n, p.Keep, func(i int) int { return share(n.Layers[i], p.Ratio) })
			}}, nil
		})
}

func (p SIFD) note() string {
	return fmt.Sprintf("spectral initialisation at %g of the full ranks (%v)", p.Ratio, p.Keep)
}

// Made is an error unless the run in a folder was made in this way.
func (p SIFD) Made(dir string) error { return made(dir, p.note()) }
