package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"go.yaml.in/yaml/v3"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// Progress is how far a run is, for a person who watches.
type Progress struct {
	Epoch, Epochs int // the epoch that is going on, from 1
	Step, Steps   int // of the whole run
	Loss          float64
	Last          Row // of the epoch before; zero in the first
}

// Options is what a run needs beside its settings.
type Options struct {
	Progress func(Progress) // told about ten times a second; may be nil
	Warn     func(string)   // told what went wrong without ending the run; may be nil
	// Devices is on how many devices of the backend the steps are computed, each with its share of every batch; 0 is one, or
	// for Resume as many as the run was started with. Losses on other numbers of devices differ by rounding.
	Devices int
	// CheckpointEvery is how long an epoch goes on without a checkpoint within it, ten minutes when it is 0.
	CheckpointEvery time.Duration
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
	Settings Settings
	Network  *lod.Network
	splits   *data.Splits
	machine  *machine
	sampler  *lod.Sampler
	state    state
	options  Options
}

// New starts a run in a folder that does not hold one yet, up to the point where Train can be called.
func New(backend compute.Backend, dir string, s Settings, splits *data.Splits, o Options) (*Run, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if Exists(dir) {
		return nil, fmt.Errorf("%s holds a run already: go on with it by `maestro resume %s`, or name another folder", dir, dir)
	}
	r, err := open(backend, dir, s, splits, o, s.Start)
	if err != nil {
		return nil, err
	}
	if err := r.begin(backend, "", nil); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// begin makes the run folder: the tables with what came before, the first checkpoint, and config.yaml.
func (r *Run) begin(backend compute.Backend, from string, tables func() error) error {
	if err := clearFalseStart(r.Dir, r.state.Epoch); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.Dir, "checkpoint"), 0o755); err != nil {
		return fmt.Errorf("cannot make the run folder: %w", err)
	}
	if tables == nil {
		tables = r.recordRanks
	}
	if err := tables(); err != nil {
		return err
	}
	if err := r.checkpoint(); err != nil {
		return err
	}
	// Last, so that a folder with it is one that can be resumed.
	return r.writeConfig(backend, from)
}

// clearFalseStart removes what a start left behind that was cut short before it wrote config.yaml: tables and the
// checkpoint of the epoch it starts at. A folder with others is a run whose config.yaml was lost, and is left alone.
func clearFalseStart(dir string, epoch int) error {
	list, err := checkpoints(dir, anywhere)
	if err != nil {
		return err
	}
	start := checkpointDir(dir, epoch, 0)
	if len(list) > 0 && (len(list) > 1 || list[0] != start) {
		return fmt.Errorf("%s holds checkpoints but no config.yaml: put that back to resume, or name another folder", dir)
	}
	for name := range tables() {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, name)))
	}
	return errors.Join(err, os.RemoveAll(start))
}

// Resume opens a run where its newest whole checkpoint left it, and takes the rows after that out of its tables, ready to
// go on with Train.
func Resume(backend compute.Backend, dir string, splits *data.Splits, o Options) (*Run, error) {
	if err := o.sameDevices(dir); err != nil {
		return nil, err
	}
	r, err := openAt(backend, dir, splits, o, anywhere)
	if err != nil {
		return nil, err
	}
	for name, header := range tables() {
		if err := truncateCSV(filepath.Join(dir, name), header, r.state.Epoch); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// NewOrResume goes on with the run in a folder if it holds one, which must be of these settings, and else starts it.
func NewOrResume(backend compute.Backend, dir string, s Settings, splits *data.Splits, o Options) (*Run, error) {
	if !Exists(dir) {
		return New(backend, dir, s, splits, o)
	}
	config, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	if config.Settings != s {
		return nil, fmt.Errorf("%s holds a run with other settings: name another folder, or take that one away", dir)
	}
	return Resume(backend, dir, splits, o)
}

// Open opens a run at the end of an epoch, where the newest whole checkpoint of one left it, to be measured; the folder is
// not changed.
func Open(backend compute.Backend, dir string, splits *data.Splits, o Options) (*Run, error) {
	return openAt(backend, dir, splits, o, epochEnds)
}

func openAt(backend compute.Backend, dir string, splits *data.Splits, o Options, where moments) (*Run, error) {
	config, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	if config.Data.Checksum != splits.Checksum {
		return nil, fmt.Errorf("run %s was trained on other data: its checksum is %.12s…, that of the data found %.12s…", dir, config.Data.Checksum, splits.Checksum)
	}
	r, err := open(backend, dir, config.Settings, splits, o, lod.StartRandom)
	if err != nil {
		return nil, err
	}
	if err := r.load(where); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// load puts the run where its newest whole checkpoint left it.
func (r *Run) load(where moments) error {
	saved, err := loadCheckpoint(r.Dir, where, r.Network, r.options.warn)
	if err != nil {
		return err
	}
	if saved.Settings != r.state.Settings {
		return fmt.Errorf("the settings in %s are not those the run was started with: put them back, or start another run", filepath.Join(r.Dir, "config.yaml"))
	}
	r.state = saved
	r.sampler.Relayer(r.Network.Layers)
	return r.sampler.Restore(saved.Sampler)
}

// open makes a run at its start, of the settings but for how the factors are drawn: weights that are replaced anyway
// need no singular value decomposition, which takes 15 s for ResNet-18.
func open(backend compute.Backend, dir string, s Settings, splits *data.Splits, o Options, kind lod.StartKind) (*Run, error) {
	set := splits.Train
	if s.Batch > set.Len() {
		return nil, fmt.Errorf("batch is %d, but there are only %d training examples", s.Batch, set.Len())
	}
	input := shapes.Make(dtypes.Float32, s.Batch, set.Height, set.Width, set.Channels)
	model, start, err := s.network(set.Classes)
	if err != nil {
		return nil, err
	}
	start.Kind = kind
	network, err := lod.NewNetwork(backend, model, input, start)
	if err != nil {
		return nil, err
	}
	sampler, err := lod.NewSampler(s.Sampler, network.Layers, s.Seed)
	if err != nil {
		return nil, err
	}
	fingerprint, err := s.fingerprint()
	if err != nil {
		return nil, err
	}
	machine := newMachine(backend, s, network, splits)
	if machine.parallel, err = newParallel(backend, o.Devices, s.Batch, set); err != nil {
		return nil, err
	}
	return &Run{Dir: dir, Settings: s, Network: network, splits: splits, sampler: sampler, options: o,
		machine: machine, state: state{Settings: fingerprint}}, nil
}

// Close frees what the run holds on the device.
func (r *Run) Close() {
	r.machine.close()
	r.Network.Store().Finalize()
}

// Epoch is how many epochs are trained.
func (r *Run) Epoch() int { return r.state.Epoch }

// Done says whether all epochs are trained.
func (r *Run) Done() bool { return r.state.Epoch >= r.Settings.Epochs }

func (r *Run) stepsPerEpoch() int { return r.splits.Train.Len() / r.Settings.Batch }

func (r *Run) checkpoint() (err error) {
	r.state.Layers = r.Network.Layers
	if r.state.Sampler, err = r.sampler.State(); err != nil {
		return err
	}
	return saveCheckpoint(r.Dir, r.Network, r.state)
}

func (r *Run) writeConfig(backend compute.Backend, from string) error {
	text, err := yaml.Marshal(Config{
		Settings: r.Settings, From: from,
		Data:   DataConfig{Checksum: r.splits.Checksum, Train: r.splits.Train.Len(), Validation: r.splits.Validation.Len(), Test: r.splits.Test.Len()},
		Device: deviceName(backend), Devices: r.machine.parallel.devices(), Versions: versions(),
	})
	if err != nil {
		return err
	}
	path := filepath.Join(r.Dir, "config.yaml")
	if err := os.WriteFile(path+".part", text, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// Gather averages the statistics of the network's batch norms over training examples, at its current weights and ranks,
// unless that is done. Measuring does it by itself; it is for a network that is to be used elsewhere.
func (r *Run) Gather() error { return r.machine.gather() }

// Test measures the test split. Nothing may be chosen by it.
func (r *Run) Test() (Measured, error) { return r.machine.measure(r.splits.Test) }

// Validate measures the validation split.
func (r *Run) Validate() (Measured, error) { return r.machine.measure(r.splits.Validation) }
