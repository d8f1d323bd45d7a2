package train

import (
	"time"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/internal/folderlock"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// Progress is how far a run is, for a person who watches.
type Progress struct {
	Epoch, Epochs int // the epoch that is going on, from 1
	Step, Steps   int // of the whole run
	Loss          float64
	Last          runs.Row // of the epoch before; zero in the first
	// Metrics are the validation split's of that epoch, beside its loss and accuracy.
	Metrics []runs.Metric
}

// Options is what a run needs beside its settings.
type Options struct {
	Progress func(Progress) // told about ten times a second; may be nil
	Warn     func(string)   // told what went wrong without ending the run; may be nil
	// Devices is on how many devices of the backend the steps are computed, each with its share of every batch; 0 is
	// one, or for Resume as many as the run was started with. Losses on other numbers of devices differ by rounding.
	Devices int
	// CheckpointEvery is how long an epoch goes on without a checkpoint within it, ten minutes when it is 0.
	CheckpointEvery time.Duration
	Own             Own // values in place of those that the settings name
}

func (o Options) checkpointEvery() time.Duration {
	if o.CheckpointEvery == 0 {
		return 10 * time.Minute
	}
	return o.CheckpointEvery
}

func (o Options) warn(text string) {
	if o.Warn != nil {
		o.Warn(text)
	}
}

// Run is a training that goes on.
type Run struct {
	Dir      string
	Settings runs.Settings
	Network  *lod.Network
	task     *task.Task
	code     string // the task's fingerprint
	executor *executor
	sampler  lod.Sampler
	schedule Schedule
	state    runs.State
	options  Options
	lock     *folderlock.Lock // of the folder, while the run may write there
	madeDir  bool             // the folder was made for this run

	from runs.From // whose weights it started from; zero where they were drawn
}

// Close frees what the run holds on the device, and its folder.
func (r *Run) Close() {
	r.release()
	r.executor.close()
	r.Network.Store().Finalize()
}

// Epoch is how many epochs are trained.
func (r *Run) Epoch() int { return r.state.Epoch }

// Done says whether all epochs are trained.
func (r *Run) Done() bool { return r.state.Epoch >= r.Settings.Epochs }

func (r *Run) stepsPerEpoch() int { return r.Examples() / r.Settings.Batch }

func (r *Run) checkpoint() error {
	if err := r.follow(); err != nil {
		return err
	}
	r.state.Layers, r.state.Recalibrated = r.Network.Layers, r.executor.recalibrated
	var err error
	if r.state.Sampler, err = r.sampler.State(); err != nil {
		return err
	}
	weights, err := copied(r.Network.Store().IterVariables())
	if err != nil {
		return err
	}
	return runs.SaveCheckpoint(r.Dir, r.state, weights)
}

func (r *Run) writeConfig(backend compute.Backend) error {
	return runs.WriteConfig(r.Dir, runs.Config{
		Settings: r.Settings, From: r.from, Task: r.code,
		Data:   dataConfig(r.task.Data),
		Device: deviceName(backend), Devices: r.executor.parallel.devices(), Versions: versions(),
	})
}

// Recalibrate averages the statistics of the network's batch norms over training examples, at its current weights and
// ranks, unless that is done. Measuring does it by itself; it is for a network that is to be used elsewhere.
func (r *Run) Recalibrate() error { return r.executor.recalibrate() }

// Test measures the test split. Nothing may be chosen by it.
func (r *Run) Test() (runs.Measured, error) {
	m, _, err := r.TestMetrics()
	return m, err
}

// TestMetrics is Test with the task's metrics beside loss and accuracy.
func (r *Run) TestMetrics() (runs.Measured, []runs.Metric, error) {
	m, err := r.executor.measure(r.task.Data.Test)
	return m.Measured, m.rows(r.state.Epoch, "test"), err
}

// Validate measures the validation split.
func (r *Run) Validate() (runs.Measured, error) {
	m, err := r.executor.measure(r.task.Data.Validation)
	return m.Measured, err
}
