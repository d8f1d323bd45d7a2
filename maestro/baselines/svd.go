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

// SVD takes a network that was trained whole and keeps of each layer that is not to be
// left alone the nearest matrix of a fixed share of its rank.
type SVD struct {
	Keep     Keep
	Ratio    float64 // rank over full rank, above 0 to 1
	FineTune int     // epochs that the factors are trained afterwards, with a schedule of their own; 0 for none
	LR       float64 // learning rate at the start of those epochs; it falls to zero along a cosine
}

// Check returns an error that names the first setting that cannot be.
func (s SVD) Check(whole runs.Settings) error {
	switch {
	case !(s.Ratio > 0 && s.Ratio <= 1):
		return fmt.Errorf("svd: ratio is %g: it must be above 0, up to 1", s.Ratio)
	case s.FineTune < 0:
		return fmt.Errorf("svd: fine_tune is %d epochs", s.FineTune)
	case s.FineTune > 0 && !(s.LR > 0):
		return fmt.Errorf("svd: lr is %g: it must be above 0", s.LR)
	}
	return errors.Join(s.Keep.check("svd"), train.Check(whole))
}

// Train makes the run of a whole one's factors in a folder, or goes on with what is there, and returns it at its end.
// The whole run must be trained to its end.
func (s SVD) Train(ctx context.Context, dir string, settings runs.Settings, whole *train.Run,
	lab trial.Lab) (*train.Run, error) {
	if err := s.Check(settings); err != nil {
		return nil, err
	}
	if whole == nil {
		return nil, errors.New("svd: name the trial whose network is factorised, in From")
	}
	if !whole.Done() {
		return nil, fmt.Errorf("svd: %s is not trained to its end: `maestro resume %s`", whole.Dir, whole.Dir)
	}
	b := train.Branching{
		Settings: s.Settings(whole.Settings), Epoch: whole.Epoch(), Note: s.note(),
		Change: func(n *lod.Network) error {
			return factorise(n, s.Keep, func(i int) int { return share(n.Layers[i], s.Ratio) })
		},
	}
	if s.FineTune > 0 {
		b.Epoch = 0
	}
	var run *train.Run
	var err error
	if runs.Exists(dir) {
		if err := s.Made(dir); err != nil {
			return nil, err
		}
		run, err = train.NewOrResume(lab.Backend, dir, b.Settings, lab.Task, lab.Options)
	} else {
		run, err = train.Branch(lab.Backend, dir, whole, b, lab.Options)
	}
	if err != nil {
		return nil, err
	}
	return trial.ToEnd(ctx, run)
}

// Settings are those of the run that Train makes of a whole one that has these.
func (s SVD) Settings(whole runs.Settings) runs.Settings {
	whole.Sampler, whole.LambdaGL = string(lod.SampleNone), 0
	if s.FineTune > 0 {
		whole.Epochs, whole.LR, whole.Schedule, whole.Warmup = s.FineTune, s.LR, "cosine", 0
	}
	return whole
}

func (s SVD) note() string {
	return fmt.Sprintf("factorised at %g of the full ranks (%v)", s.Ratio, s.Keep)
}

// Made returns an error unless the run in a folder was made by this method with these settings beside train's.
func (s SVD) Made(dir string) error { return made(dir, s.note()) }
