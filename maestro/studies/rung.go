package studies

import (
	"context"
	"errors"
	"fmt"

	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// Rung is the method of a network cut out of a trained one by its ladder (docs/method.md, Ladder), without training:
// the first rung that takes at most a share of the whole network's MACs.
type Rung struct {
	MACs     float64 // above 0 to below 1
	Examples int     // of training, that the search scores removals on
}

// Check returns an error that names the first setting that cannot be.
func (r Rung) Check(s runs.Settings) error {
	if !(r.MACs > 0 && r.MACs < 1) {
		return fmt.Errorf("rung: macs is %g: it must be a share above 0 and below 1", r.MACs)
	}
	return errors.Join(r.search().Check(), train.Check(s))
}

func (r Rung) search() compress.Settings {
	s := compress.Defaults()
	s.Examples, s.Lazy, s.ValidateEvery = r.Examples, true, 0
	return s
}

// Settings are those of the run that is cut, whose training is at its end.
func (Rung) Settings(s runs.Settings) runs.Settings { return s }

// Train makes the run in a folder out of the one that it is given, which must be trained to its end, and whose folder
// keeps the ladder.
func (r Rung) Train(ctx context.Context, dir string, s runs.Settings, from *train.Run,
	lab trial.Lab) (*train.Run, error) {
	if err := r.Check(s); err != nil {
		return nil, err
	}
	if from == nil || !from.Done() {
		return nil, errors.New("rung: name a trial that is trained to its end, whose network is cut, in From")
	}
	if runs.Exists(dir) {
		if err := r.Made(dir); err != nil {
			return nil, err
		}
		run, err := train.NewOrResume(lab.Backend, dir, s, lab.Task, lab.Options)
		if err != nil {
			return nil, err
		}
		return trial.ToEnd(ctx, run)
	}
	ranks, err := r.ranks(ctx, from.Dir, lab)
	if err != nil {
		return nil, fmt.Errorf("rung: %w", err)
	}
	run, err := train.Branch(lab.Backend, dir, from, train.Branching{Settings: from.Settings, Epoch: from.Epoch(),
		Note: r.note(), Change: func(n *lod.Network) error { return n.Truncate(ranks) }}, lab.Options)
	if err != nil {
		return nil, err
	}
	return trial.ToEnd(ctx, run)
}

// ranks searches down from a run as it lies in its folder; the search cuts the network that it has.
func (r Rung) ranks(ctx context.Context, dir string, lab trial.Lab) ([]int, error) {
	run, err := train.Open(lab.Backend, dir, lab.Task, train.Options{Own: lab.Options.Own, Warn: lab.Options.Warn})
	if err != nil {
		return nil, err
	}
	defer run.Close()
	rungs, err := compress.Ladder(ctx, run, r.search(), compress.Bounds{MACs: r.MACs}, compress.DefaultLatency(),
		compress.Options{Own: lab.Options.Own, Warn: lab.Options.Warn})
	if err != nil {
		return nil, err
	}
	return rungs[len(rungs)-1].Ranks, nil
}

func (r Rung) note() string { return fmt.Sprintf("cut by its ladder to %g of its MACs", r.MACs) }

// Made is an error unless the run in a folder was made in this way.
func (r Rung) Made(dir string) error {
	config, err := runs.ReadConfig(dir)
	if err == nil && config.From.Note != r.note() {
		err = fmt.Errorf("%s holds a run that was made otherwise (%q, now %q): name another folder, or remove it", dir,
			config.From.Note, r.note())
	}
	return err
}
