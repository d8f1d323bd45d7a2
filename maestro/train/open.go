package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// Resume opens a run where its newest whole checkpoint left it, and takes the rows after that out of its tables, ready to
// go on with Train.
func Resume(backend compute.Backend, dir string, splits *data.Splits, o Options) (*Run, error) {
	if err := o.sameDevices(dir); err != nil {
		return nil, err
	}
	r, err := openIn(backend, dir, splits, o)
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
		r.options.warn(fmt.Sprintf("history.csv has only %d of the %d epochs before: their rows are lost, the weights are not", len(rows), r.state.Epoch))
	}
	return nil
}

// NewOrResume goes on with the run in a folder if it holds one, which must be of these settings, and else starts it.
func NewOrResume(backend compute.Backend, dir string, s runs.Settings, splits *data.Splits, o Options) (*Run, error) {
	if !runs.Exists(dir) {
		return New(backend, dir, s, splits, o)
	}
	config, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	if !s.Same(config.Settings) {
		return nil, fmt.Errorf("%s holds a run with other settings: name another folder, or take that one away", dir)
	}
	return Resume(backend, dir, splits, o)
}

// Open opens a run at the end of an epoch, where the newest whole checkpoint of one left it, to be measured; the folder is
// not changed.
func Open(backend compute.Backend, dir string, splits *data.Splits, o Options) (*Run, error) {
	r, err := openIn(backend, dir, splits, o)
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
func openIn(backend compute.Backend, dir string, splits *data.Splits, o Options) (*Run, error) {
	config, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	if config.Data.Checksum != splits.Checksum {
		return nil, fmt.Errorf("run %s was trained on other data: its checksum is %.12s…, that of the data found%s %.12s…",
			dir, config.Data.Checksum, in(splits.Dir), splits.Checksum)
	}
	return open(backend, dir, config.Settings, splits, o, string(lod.StartRandom))
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
		return fmt.Errorf("the settings in %s are not those the run was started with: put them back, or start another run", filepath.Join(r.Dir, "config.yaml"))
	}
	r.state, r.machine.gathered = saved, saved.Gathered
	r.sampler.Relayer(r.Network.Layers)
	var sampler lod.SamplerState
	if err := json.Unmarshal(saved.Sampler, &sampler); err != nil {
		return fmt.Errorf("the sampler's state: %w", err)
	}
	return r.sampler.Restore(sampler)
}

// open makes a run at its start, of the settings but for how the factors are drawn: weights that are replaced anyway
// need no singular value decomposition, which takes 15 s for ResNet-18.
func open(backend compute.Backend, dir string, s runs.Settings, splits *data.Splits, o Options, kind string) (*Run, error) {
	set := splits.Train
	if s.Batch > set.Len() {
		return nil, fmt.Errorf("batch is %d, but there are only %d training examples", s.Batch, set.Len())
	}
	if err := models.Fits(s.Model, set.Height, set.Width); err != nil {
		return nil, err
	}
	input := shapes.Make(dtypes.Float32, s.Batch, set.Height, set.Width, set.Channels)
	model, start, err := network(s, set.Classes)
	if err != nil {
		return nil, err
	}
	start.Kind = lod.StartKind(kind)
	net, err := lod.NewNetwork(backend, model, input, start)
	if err != nil {
		return nil, err
	}
	sampler, err := lod.NewSampler(lod.SamplerKind(s.Sampler), net.Layers, s.Seed)
	if err != nil {
		return nil, err
	}
	fingerprint, err := s.Fingerprint()
	if err != nil {
		return nil, err
	}
	machine := newMachine(backend, s, net, splits)
	if machine.parallel, err = newParallel(backend, o.Devices, s.Batch, splits); err != nil {
		return nil, err
	}
	return &Run{Dir: dir, Settings: s, Network: net, splits: splits, sampler: sampler, options: o,
		machine: machine, state: runs.State{Settings: fingerprint}}, nil
}
