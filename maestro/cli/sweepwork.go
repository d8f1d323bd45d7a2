package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/slurm"
	"github.com/maestro-lod/notebook/maestro/sweep/worker"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// sweepWorkCommand is a worker: it attempts trials, and tells what goes on in lines of JSON.
type sweepWorkCommand struct {
	dataFlags
	deviceFlags
	attemptFlags
	Dir         string   `arg:"" name:"study"`
	Spec        string   `required:"" help:"What was asked for, in the study's folder specs."`
	Trial       []string `placeholder:"NAME" help:"The trials to attempt, by their names; all when none is given."`
	Batch       string   `help:"A file of trials: the line of a number is for the job of an array that has it."`
	Line        int      `help:"The number."`
	Job         string   `help:"The cluster's job."`
	Program     string   `help:"The SHA-256 of this program."`
	Tethered    bool     `help:"End where standard input does."`
	MemoryShare float64  `name:"memory-share" help:"Of the device's memory."`
}

func (w *sweepWorkCommand) Run(ctx context.Context, c console) error {
	study, err := sweep.ReadSpec(w.Dir, w.Spec)
	if err != nil {
		return err
	}
	trials, err := study.Trials()
	if err != nil {
		return err
	}
	if trials, err = w.pick(study, trials); err != nil {
		return err
	}
	if w.Tethered {
		ctx = worker.Tethered(ctx, os.Stdin)
	}
	o := w.options()
	o.Job, o.Program, o.Process = w.Job, w.Program, true
	if o.Events, err = worker.Teller(c.out); err != nil {
		return err
	}
	o.Open = func(ctx context.Context) (trial.Here, func(), error) {
		bar := newTerminal(os.Stderr)
		choice, err := w.choose(ctx, c, bar, 1)
		if err != nil {
			return trial.Here{}, nil, err
		}
		choice.MemoryShare = w.MemoryShare
		backend, err := device.OpenChoice(choice)
		if err != nil {
			return trial.Here{}, nil, err
		}
		return hereFor(c, study.Settings, w.DataDir, bar, train.Options{}, backend), backend.Finalize, nil
	}
	return worker.Run(ctx, study, trials, o)
}

// pick are the trials that are asked for, in that order.
func (w *sweepWorkCommand) pick(study sweep.Study, trials []sweep.Trial) ([]sweep.Trial, error) {
	names := w.Trial
	if w.Batch != "" {
		var err error
		if names, err = slurm.Line(study, w.Batch, w.Line); err != nil {
			return nil, err
		}
	}
	if len(names) == 0 {
		return trials, nil
	}
	byName := map[string]sweep.Trial{}
	for _, t := range trials {
		byName[t.Name()] = t
	}
	var picked []sweep.Trial
	for _, name := range names {
		t, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("the study %s has no trial %s", study.Dir, name)
		}
		picked = append(picked, t)
	}
	return picked, nil
}
