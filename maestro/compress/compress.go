package compress

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Job is a whole compression: the search, the models of its front, and their latency.
type Job struct {
	Settings Settings
	Bounds   Bounds
	Models   int // the most models of the front that are kept as run folders, at least 2: its ends
	Latency  LatencySettings
	Reorder  bool // compress the run that Reordered makes of it, in its folder reordered
	Anew     bool // discard the ladder that is there, with its models
}

// DefaultJob keeps twelve models.
func DefaultJob() Job { return Job{Settings: Defaults(), Models: 12, Latency: DefaultLatency()} }

// Result is what a compression leaves: the rungs within the bounds, the models of their front, and the latency of each.
type Result struct {
	Dir     string // of the run that was compressed
	Rungs   []Rung
	Models  []Model
	Latency []Latencies
}

// Run compresses the run of a task in a folder and writes there ladder.csv, front.csv, the run folders ladder/NNN and
// latency.csv. What is there of the same settings is kept and gone on with. Where a target is not met everything is
// written all the same, and the error is an ErrUnmet.
func Run(ctx context.Context, backend compute.Backend, dir string, t *task.Task, j Job, o Options) (*Result, error) {
	if err := errors.Join(j.Settings.Check(), j.Bounds.Check(), j.Latency.Check()); err != nil {
		return nil, err
	}
	if j.Models < 2 {
		return nil, fmt.Errorf("models is %d: it must be at least 2, the ends of the front", j.Models)
	}
	open := func() (*train.Run, error) {
		return train.Open(backend, dir, t, train.Options{Warn: o.Warn, Own: o.Own})
	}
	release, err := train.Hold(dir, "compressing", train.Options{Warn: o.Warn})
	if err != nil {
		return nil, err
	}
	defer release()
	if j.Reorder {
		run, err := open()
		if err != nil {
			return nil, err
		}
		dir, err = reorder(run)
		run.Close()
		if err != nil {
			return nil, err
		}
		release, err := train.Hold(dir, "compressing", train.Options{Warn: o.Warn})
		if err != nil {
			return nil, err
		}
		defer release()
	}
	if j.Anew {
		if err := Discard(dir); err != nil {
			return nil, err
		}
	}
	searched, err := open()
	if err != nil {
		return nil, err
	}
	r := &Result{Dir: dir}
	var unmet error
	r.Rungs, unmet = Ladder(ctx, searched, j.Settings, j.Bounds, j.Latency, o)
	searched.Close()
	if unmet != nil && !errors.Is(unmet, ErrUnmet) {
		return nil, unmet
	}
	run, err := open()
	if err != nil {
		return nil, err
	}
	defer run.Close()
	if err := measureEnds(run, r.Rungs); err != nil {
		return nil, err
	}
	if r.Models, err = WriteModels(run, Front(r.Rungs, j.Models), o); err != nil {
		return nil, err
	}
	if r.Latency, err = WriteLatency(ctx, run, r.Models, j.Latency, o); err != nil {
		return nil, interrupted(ctx, dir, err)
	}
	return r, unmet
}

// reorder makes the reordered run in a run's folder, unless it is there, and says where.
func reorder(run *train.Run) (string, error) {
	dir := runs.Inside(run.Dir, runs.Reordered)
	if !runs.Exists(dir) {
		made, err := Reordered(run, dir)
		if err != nil {
			return "", err
		}
		made.Close()
	}
	config, err := runs.ReadConfig(dir)
	if err != nil {
		return "", err
	}
	if err := train.GoesOnFrom(dir, run); err != nil || config.From.Note != reorderedNote {
		return "", fmt.Errorf("%s was made of %s, and is not %s at epoch %d reordered: move it away", dir,
			cmp.Or(config.From.String(), "nothing"), run.Dir, run.Epoch())
	}
	return dir, nil
}
