package train

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// Resume opens a run where its newest whole checkpoint left it, and takes the rows after that out of its tables,
// ready to go on with Train.
func Resume(backend compute.Backend, dir string, t *task.Task, o Options) (*Run, error) {
	if err := o.sameDevices(dir); err != nil {
		return nil, err
	}
	r, err := openIn(backend, dir, t, o)
	if err != nil {
		return nil, err
	}
	if err := r.takeUp(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// takeUp puts an opened run where it can be trained on. One that is done is only read: its folder need not be writable.
func (r *Run) takeUp() error {
	if !finished(r.Dir, r.Settings.Epochs) {
		if err := r.hold(); err != nil {
			return err
		}
	}
	if err := r.load(runs.Anywhere); err != nil {
		return err
	}
	if r.Done() {
		r.release()
		return nil
	}
	if err := errors.Join(runs.Sweep(r.Dir), runs.TruncateTables(r.Dir, r.state.Epoch)); err != nil {
		return err
	}
	if rows, _ := runs.ReadHistory(r.Dir); len(rows) < r.state.Epoch {
		r.options.warn(fmt.Sprintf("history.csv has only %d of the %d epochs before: their rows are lost, the "+
			"weights are not", len(rows), r.state.Epoch))
	}
	return nil
}

// NewOrResume goes on with the run in a folder if it holds one, which must be of these settings, and else starts it.
func NewOrResume(backend compute.Backend, dir string, s runs.Settings, t *task.Task, o Options) (*Run, error) {
	if !runs.Exists(dir) {
		return New(backend, dir, s, t, o)
	}
	config, err := readConfig(dir, o.Own)
	if err != nil {
		return nil, err
	}
	if s, err = fit(s, t, o); err != nil {
		return nil, err
	}
	if !s.Same(config.Settings) {
		return nil, fmt.Errorf("%s holds a run with other settings: name another folder, or take that one away", dir)
	}
	return Resume(backend, dir, t, o)
}

// Open opens a run at the end of an epoch, where the newest whole checkpoint of one left it, to be measured; the
// folder is not changed.
func Open(backend compute.Backend, dir string, t *task.Task, o Options) (*Run, error) {
	r, err := openIn(backend, dir, t, o)
	if err != nil {
		return nil, err
	}
	if err := r.load(runs.EpochEnds); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// openIn makes the run of a folder, with weights that are still to be loaded.
func openIn(backend compute.Backend, dir string, t *task.Task, o Options) (*Run, error) {
	config, err := readConfig(dir, o.Own)
	if err != nil {
		return nil, err
	}
	if err := t.Check(); err != nil {
		return nil, err
	}
	if sum := t.Data.Checksum(); config.Data.Checksum != sum {
		return nil,
			fmt.Errorf("run %s was trained on other data: its checksum is %.12s…, that of the data found%s %.12s…",
				dir, config.Data.Checksum, in(t.Data.Config.Folder), sum)
	}
	if config.Settings.Model != t.Name {
		return nil, fmt.Errorf("run %s trains the model %q, not %q", dir, config.Settings.Model, t.Name)
	}
	r, err := open(backend, dir, config.Settings, t, o, string(lod.InitRandom))
	if err == nil && config.Task != "" && config.Task != r.code {
		o.warn(fmt.Sprintf("the code of %s's task is not what the run was made with (%s, now %s): what follows is "+
			"by the code of today", dir, config.Task, r.code))
	}
	return r, err
}

// in names a folder, where there is one.
func in(dir string) string {
	if dir == "" {
		return ""
	}
	return " in " + dir
}

// load puts the run where its newest whole checkpoint left it.
func (r *Run) load(when runs.When) error {
	saved, err := loadCheckpoint(r.Dir, when, r.Network, r.options.warn)
	if err != nil {
		return err
	}
	if saved.Settings != r.state.Settings {
		return fmt.Errorf("the settings in %s are not those the run was started with: put them back, or start "+
			"another run", filepath.Join(r.Dir, "config.yaml"))
	}
	r.state, r.executor.recalibrated = saved, saved.Recalibrated
	if err := r.sampler.Resize(r.Network.Layers); err != nil {
		return err
	}
	return r.sampler.Restore(saved.Sampler)
}

// open makes a run at its start, of the settings but for how the factors are drawn: weights that are replaced anyway
// need no singular value decomposition, which is slow for large networks (docs/measurements.md).
func open(backend compute.Backend, dir string, s runs.Settings, t *task.Task, o Options, kind string) (*Run, error) {
	if n := t.Data.Train.Len(); s.Batch > n {
		return nil, fmt.Errorf("batch is %d, but there are only %d training examples", s.Batch, n)
	}
	code, err := t.Outline(backend)
	if err != nil {
		return nil, err
	}
	first := initial(s)
	first.Kind = lod.InitKind(kind)
	net, err := lod.NewNetworkOf(backend, t.Model, t.Inputs, first)
	if err != nil {
		return nil, err
	}
	sampler, err := o.Own.sampler(s, net.Layers)
	if err != nil {
		return nil, err
	}
	fingerprint, err := s.Fingerprint()
	if err != nil {
		return nil, err
	}
	executor := newExecutor(backend, s, net, t, o.Own.optimizer(s))
	if executor.parallel, err = newParallel(backend, o.Devices, s.Batch, t.Data); err != nil {
		return nil, err
	}
	return &Run{Dir: dir, Settings: s, Network: net, task: t, code: code, sampler: sampler, schedule: o.Own.schedule(s),
		options: o, executor: executor, state: runs.State{Settings: fingerprint}}, nil
}
