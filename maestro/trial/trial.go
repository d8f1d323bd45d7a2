// Package trial is a training as a value: where it lies, its settings, its method, and the trial that it starts from.
// Studies and sweeps list trials, an executor runs those that are not finished, and whoever wants their results reads
// their folders.
package trial

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Trial is one training.
type Trial struct {
	Dir      string        // of its run
	Settings runs.Settings // before the method changes them
	Method   Method        // nil is Sampling
	// From is the trial whose network the method starts from; nil where it starts from one that is drawn.
	From *Trial
}

// Method is a way of training a network, such as double sampling, or a baseline. Another is added by being written:
// nothing lists them.
type Method interface {
	// Check is an error that names the first of the method's, or the trial's, settings that cannot be.
	Check(s runs.Settings) error
	// Settings are those that the trial's run has: what the method itself sets is in them.
	Settings(s runs.Settings) runs.Settings
	// Train makes the run in a folder, or goes on with the one that is there, and returns it at its end. s are the
	// trial's settings; from is the run of the trial that it starts from, at its end, or nil.
	Train(ctx context.Context, dir string, s runs.Settings, from *train.Run, lab Lab) (*train.Run, error)
	// Made is an error unless the run in a folder was made by this method.
	Made(dir string) error
}

// Lab is what a method trains with.
type Lab struct {
	Backend compute.Backend
	Task    *task.Task
	Options train.Options
}

// Sampling is training as the settings say, by double sampling or whatever their sampler is.
type Sampling struct{}

func (Sampling) Check(s runs.Settings) error            { return train.Check(s) }
func (Sampling) Settings(s runs.Settings) runs.Settings { return s }
func (Sampling) Made(string) error                      { return nil }

func (Sampling) Train(ctx context.Context, dir string, s runs.Settings, _ *train.Run, lab Lab) (*train.Run, error) {
	run, err := train.NewOrResume(lab.Backend, dir, s, lab.Task, lab.Options)
	if err != nil {
		return nil, err
	}
	return ToEnd(ctx, run)
}

// ToEnd trains a run to its end and returns it; one that does not get there is closed.
func ToEnd(ctx context.Context, run *train.Run) (*train.Run, error) {
	if err := run.Train(ctx); err != nil {
		run.Close()
		return nil, err
	}
	return run, nil
}

func (t *Trial) method() Method {
	if t.Method == nil {
		return Sampling{}
	}
	return t.Method
}

// ErrUnfinished is that of a trial whose run is not there, not trained to its end, or not measured on the test split.
var ErrUnfinished = errors.New("the trial is not finished")

// Read opens the trial's run without a device, in milliseconds. It is an ErrUnfinished where that is still to be run,
// and another error where the folder holds the run of something else.
func (t *Trial) Read() (*runs.Run, error) {
	if !runs.Exists(t.Dir) {
		return nil, fmt.Errorf("%s: %w: it has no run", t.Dir, ErrUnfinished)
	}
	config, err := runs.ReadConfig(t.Dir)
	if err != nil {
		return nil, err
	}
	if err := t.method().Made(t.Dir); err != nil {
		return nil, err
	}
	if !t.method().Settings(t.Settings).Same(config.Settings) {
		return nil, fmt.Errorf("%s holds a run with other settings: name another folder of runs, or remove it", t.Dir)
	}
	r, err := runs.Read(t.Dir)
	if err != nil {
		return nil, err
	}
	if !r.Done() {
		return nil, fmt.Errorf("%s: %w: it has %d of %d epochs", t.Dir, ErrUnfinished, r.Last().Epoch,
			config.Settings.Epochs)
	}
	if _, err := runs.ReadTest(t.Dir); err != nil {
		return nil, fmt.Errorf("%s: %w: it is not measured on the test split", t.Dir, ErrUnfinished)
	}
	return r, nil
}

// TrainingMACs are the multiply-adds of the forward passes of all of the trial's training steps, with those of the
// trial that it starts from; r is its run.
func (t *Trial) TrainingMACs(r *runs.Run) (float64, error) {
	macs := r.TrainingMACs()
	if t.From == nil {
		return macs, nil
	}
	anew, err := r.BeganAnew()
	if err != nil || !anew { // else its tables begin with the other's
		return macs, err
	}
	from, err := t.From.Read()
	if err != nil {
		return macs, err
	}
	before, err := t.From.TrainingMACs(from)
	return before + macs, err
}
