package launch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/local"
	"github.com/maestro-lod/notebook/maestro/sweep/worker"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/named"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// Options say how the trials of a study are run. The zero Options train the networks and data that settings name, one
// trial after another, in this process.
type Options struct {
	// Load makes the task of a trial's settings, whose names for model and data are then one's own; nil knows the
	// library's.
	Load func(ctx context.Context, s runs.Settings) (*task.Task, error)
	Own  train.Own // values that take the place of those that settings name
	// Backend computes, and stays open; nil opens the best device that there is, once a trial is due. Processes open
	// their own.
	Backend compute.Backend
	DataDir string // where the data of named tasks lie; "" as data.Options has it

	// Workers is how many processes train at a time; 0 trains in this one. Threads, Devices and PerDevice are theirs,
	// as local.Processes has them.
	Workers, Threads int
	Devices          []string
	PerDevice        int

	Retry      sweep.Retry   // what is tried again; no States are sweep.DefaultRetry
	Limit      time.Duration // of one attempt; 0 is none
	StopEpochs int           // as worker.Options has it

	Events func(sweep.Event) // told what goes on, one call at a time; may be nil
	Warn   func(string)      // told of what is odd and does not end a trial; nil drops it
}

// retry is what is tried again.
func (o Options) retry() sweep.Retry {
	r := o.Retry
	if r.States == nil {
		r.States = sweep.DefaultRetry()
	}
	return r
}

// check is an error that names what cannot be.
func (o Options) check(study sweep.Study) error {
	p := local.Processes{Workers: o.Workers, Threads: o.Threads, Devices: o.Devices, PerDevice: o.PerDevice}
	if err := p.Check(); err != nil {
		return err
	}
	if o.Workers == 0 && (o.Threads > 0 || len(o.Devices) > 0) {
		return errors.New("threads and devices are those of worker processes: say by Workers how many there are")
	}
	if o.Workers > 0 && o.Load != nil && inCell() {
		return errors.New("a cell's own network is trained in the cell's process: leave Workers out, or have a " +
			"program of your own run " +
			"the study")
	}
	if study.Halving != nil && o.StopEpochs > 0 {
		return errors.New("StopEpochs would end what a search asks for: leave one of them out")
	}
	trials, err := study.Trials()
	if err != nil {
		return err
	}
	for _, t := range trials {
		if err := o.checkTrial(t.Settings); err != nil {
			return fmt.Errorf("%s: %w", t.Point, err)
		}
	}
	return nil
}

func (o Options) checkTrial(s runs.Settings) error {
	if o.Load == nil && !(o.Workers > 0 && inCell()) { // where the command may know more names
		if err := named.Check(s); err != nil {
			return err
		}
	}
	return train.CheckWith(s, o.Own)
}

// worker are a worker's options. share is its part of a device's memory; 0 leaves that to the device.
func (o Options) worker(share float64) worker.Options {
	return worker.Options{Retry: o.retry(), Limit: o.Limit, StopEpochs: o.StopEpochs, Events: o.Events,
		Open: func(ctx context.Context) (trial.Here, func(), error) { return o.open(ctx, share) }}
}

// open makes what trials are run with in this process.
func (o Options) open(ctx context.Context, share float64) (trial.Here, func(), error) {
	here := trial.Here{Backend: o.Backend, Options: train.Options{Own: o.Own, Warn: o.Warn}, DataDir: o.DataDir}
	if o.Load != nil {
		here.Load = func(ctx context.Context, _ string, s runs.Settings) (*task.Task, error) { return o.Load(ctx, s) }
	}
	if here.Backend != nil {
		return here, nil, nil
	}
	choice, err := device.Ensure(ctx, nil)
	if err != nil {
		return here, nil, err
	}
	if choice.Slow != "" && o.Warn != nil {
		o.Warn(choice.Slow)
	}
	choice.MemoryShare = share
	if here.Backend, err = device.OpenChoice(choice); err != nil {
		return here, nil, err
	}
	return here, here.Backend.Finalize, nil
}
