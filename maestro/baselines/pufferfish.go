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

// Pufferfish trains the network whole for some epochs, then puts every layer but the first few and the last into two
// factors of a fixed share of its rank, by the singular value decomposition, and trains on along the same schedule
// (Wang, Agarwal and Papailiopoulos, MLSys 2021).
type Pufferfish struct {
	Keep  Keep    // the paper's ResNet-18 keeps the first three layers, the last and the shortcuts
	Warm  int     // epochs trained whole; 80 of 300 in the paper
	Ratio float64 // rank over full rank, above 0 to 1; 0.25 in the paper
}

// Check returns an error that names the first setting that cannot be.
func (p Pufferfish) Check(s runs.Settings) error {
	switch {
	case p.Warm < 1 || p.Warm >= s.Epochs:
		return fmt.Errorf("pufferfish: warm is %d: it must be at least 1 and less than the %d epochs", p.Warm, s.Epochs)
	case !(p.Ratio > 0 && p.Ratio <= 1):
		return fmt.Errorf("pufferfish: ratio is %g: it must be above 0, up to 1", p.Ratio)
	}
	return errors.Join(p.Keep.check("pufferfish"), train.Check(s))
}

// Train trains in a run folder, or goes on with what is there, and returns the run at its end. The network as it was
// trained whole stays in the folder's warm/.
func (p Pufferfish) Train(ctx context.Context, dir string, s runs.Settings, _ *train.Run, lab trial.Lab) (*train.Run,
	error) {
	if err := p.Check(s); err != nil {
		return nil, err
	}
	return trainWarm(ctx, dir, p.Settings(s), p.note(), lab,
		func(ctx context.Context, warm *train.Run) (train.Branching, error) {
			if warm.Epoch() > p.Warm {
				return train.Branching{}, tooWarm(warm, p.Warm)
			}
			return train.Branching{
				Change: func(n *lod.Network) error {
					return factorise(n, p.Keep, func(i int) int { return share(n.Layers[i], p.Ratio) })
				},
			}, warm.TrainTo(ctx, p.Warm)
		})
}

// Settings are those of the run, which begins whole.
func (Pufferfish) Settings(s runs.Settings) runs.Settings { return whole(s) }

func (p Pufferfish) note() string {
	return fmt.Sprintf("after %d epochs factorised at %g of the full ranks (%v)", p.Warm, p.Ratio, p.Keep)
}

// Made returns an error unless the run in a folder was made by this method with these settings beside train's.
func (p Pufferfish) Made(dir string) error { return made(dir, p.note()) }

// tooWarm is the error for a warm-up that somebody trained on.
func tooWarm(warm *train.Run, most int) error {
	return fmt.Errorf("%s is a warm-up of at most %d epochs, but was trained on to epoch %d: remove it, and it is "+
		"trained anew", warm.Dir, most, warm.Epoch())
}

// trainWarm trains a network whole as far as warmUp says, changes its form, and trains it on to the settings' end,
// every layer at its full remaining rank. warmUp is also given a warm run that is further already. s are those of the
// run.
func trainWarm(ctx context.Context, dir string, s runs.Settings, note string, lab trial.Lab,
	warmUp func(context.Context, *train.Run) (train.Branching, error)) (*train.Run, error) {
	if runs.Exists(dir) { // past its warm-up
		if err := made(dir, note); err != nil {
			return nil, err
		}
		run, err := train.NewOrResume(lab.Backend, dir, s, lab.Task, lab.Options)
		if err != nil {
			return nil, err
		}
		return trial.ToEnd(ctx, run)
	}
	first := s
	first.FrobeniusDecay = 0
	warm, err := train.NewOrResume(lab.Backend, warmDir(dir), first, lab.Task, lab.Options)
	if err != nil {
		return nil, err
	}
	defer warm.Close()
	b, err := warmUp(ctx, warm)
	if err != nil {
		return nil, err
	}
	b.Settings, b.Epoch, b.Note = s, warm.Epoch(), note
	run, err := train.Branch(lab.Backend, dir, warm, b, lab.Options)
	if err != nil {
		return nil, err
	}
	return trial.ToEnd(ctx, run)
}
