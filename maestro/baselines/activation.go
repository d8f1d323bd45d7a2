package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// Activation cuts a trained network to a share of its MACs without training, by what goes into its layers: each is put
// into the factors that are best for its inputs' covariance, measured on training examples, with the loss of their mean
// added to the bias, and the ranks are those of the least sum of relative errors for the MACs. It goes the way of BALF
// (arXiv:2509.25136), whose own code was not compared with; this is the opponent of a ladder.
type Activation struct {
	MACs     float64 // share of the whole network's, above 0 to below 1
	Examples int     // of training, that the moments are measured on; 0 for 1024, or as many as there are
}

// Check returns an error that names the first setting that cannot be.
func (a Activation) Check(s runs.Settings) error {
	switch {
	case !(a.MACs > 0 && a.MACs < 1):
		return fmt.Errorf("activation: macs is %g: it must be a share above 0 and below 1", a.MACs)
	case a.Examples < 0:
		return fmt.Errorf("activation: examples is %d", a.Examples)
	}
	return train.Check(s)
}

// Settings are those of the run that is cut, whose training is at its end.
func (Activation) Settings(s runs.Settings) runs.Settings {
	s.Sampler, s.LambdaGL = string(lod.SampleNone), 0
	return s
}

// Train makes the run in a folder out of the one that it is given, which must be trained to its end.
func (a Activation) Train(ctx context.Context, dir string, s runs.Settings, whole *train.Run,
	lab trial.Lab) (*train.Run, error) {
	if err := a.Check(s); err != nil {
		return nil, err
	}
	if whole == nil {
		return nil, errors.New("activation: name the trial whose network is cut, in From")
	}
	if !whole.Done() {
		return nil, fmt.Errorf("activation: %s is not trained to its end: `maestro resume %s`", whole.Dir, whole.Dir)
	}
	settings := a.Settings(whole.Settings)
	if runs.Exists(dir) {
		if err := a.Made(dir); err != nil {
			return nil, err
		}
		run, err := train.NewOrResume(lab.Backend, dir, settings, lab.Task, lab.Options)
		if err != nil {
			return nil, err
		}
		return trial.ToEnd(ctx, run)
	}
	examples := a.Examples
	if examples == 0 {
		examples = min(1024, whole.Examples())
	}
	probe, err := whole.NewProbe(examples, whole.Settings.Seed)
	if err != nil {
		return nil, err
	}
	defer probe.Close()
	moments, err := probe.Moments()
	if err != nil {
		return nil, err
	}
	spectra, err := Spectra(whole.Network, moments)
	if err != nil {
		return nil, err
	}
	budget := int64(math.Floor(a.MACs * float64(whole.Network.Whole().MACs)))
	ranks, err := Allocate(whole.Network.Layers, spectra, budget)
	if err != nil {
		return nil, fmt.Errorf("activation: %w", err)
	}
	run, err := train.Branch(lab.Backend, dir, whole, train.Branching{Settings: settings, Epoch: whole.Epoch(),
		Note: a.note(), Change: func(n *lod.Network) error {
			for i, l := range n.Layers {
				if ranks[i] == l.Full() {
					continue
				}
				if err := n.FactoriseFor(i, ranks[i], moments[i]); err != nil {
					return err
				}
			}
			return nil
		}}, lab.Options)
	if err != nil {
		return nil, err
	}
	return trial.ToEnd(ctx, run)
}

func (a Activation) note() string {
	return fmt.Sprintf("cut to %g of its MACs by what goes into its layers", a.MACs)
}

// Made is an error unless the run in a folder was made in this way.
func (a Activation) Made(dir string) error { return made(dir, a.note()) }
