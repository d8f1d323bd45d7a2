package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"go.yaml.in/yaml/v3"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
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
	if _, err := os.Stat(filepath.Join(dir, "config.yaml")); err == nil {
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
	list, err := checkpoints(dir)
	if err != nil {
		return err
	}
	if len(list) > 0 && (len(list) > 1 || list[0] != checkpointDir(dir, epoch)) {
		return fmt.Errorf("%s holds checkpoints but no config.yaml: put that back to resume, or name another folder", dir)
	}
	for name := range tables() {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, name)))
	}
	return errors.Join(err, os.RemoveAll(checkpointDir(dir, epoch)))
}

// Resume opens a run where its newest whole checkpoint left it, and takes the rows after that out of its tables, ready to
// go on with Train.
func Resume(backend compute.Backend, dir string, splits *data.Splits, o Options) (*Run, error) {
	if err := o.sameDevices(dir); err != nil {
		return nil, err
	}
	r, err := Open(backend, dir, splits, o)
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
	if _, err := os.Stat(filepath.Join(dir, "config.yaml")); errors.Is(err, os.ErrNotExist) {
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

// Open opens a run where its newest whole checkpoint left it, to be measured; the folder is not changed.
func Open(backend compute.Backend, dir string, splits *data.Splits, o Options) (*Run, error) {
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
	if err := r.load(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// load puts the run where its newest whole checkpoint left it.
func (r *Run) load() error {
	saved, err := loadCheckpoint(r.Dir, r.Network, r.options.warn)
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

// Train goes through the epochs that are left. After each the ranks are shrunk, the validation split is measured, the
// run folder's tables grow by a row and a checkpoint is put in place. Cancelling the context ends it with an error and
// loses what came after the last checkpoint.
func (r *Run) Train(ctx context.Context) error { return r.TrainTo(ctx, r.Settings.Epochs) }

// TrainTo is Train up to the end of an epoch, the run's last one at most.
func (r *Run) TrainTo(ctx context.Context, epoch int) error {
	for !r.Done() && r.state.Epoch < epoch {
		if err := r.epoch(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) epoch(ctx context.Context) error {
	begin := time.Now()
	trainMACs := r.stepMACs()
	loss, stepMS, err := r.steps(ctx)
	if err != nil {
		return err
	}
	if err := r.shrink(); err != nil {
		return err
	}
	validation, err := r.machine.measure(r.splits.Validation)
	if err != nil {
		return err
	}
	r.state.Epoch++
	r.state.Step += r.stepsPerEpoch()
	cost := r.Network.Cost()
	row := Row{Epoch: r.state.Epoch, Step: r.state.Step, Loss: loss, ValidationLoss: validation.Loss, ValidationAccuracy: validation.Accuracy,
		TotalRank: totalRank(r.Network), Weights: cost.Weights, MACs: cost.MACs, StepMS: stepMS, Seconds: time.Since(begin).Seconds(), TrainMACs: trainMACs}
	if err := r.record(row); err != nil {
		return fmt.Errorf("writing into the run folder: %w; the run is whole up to epoch %d and can be resumed", err, r.state.Epoch-1)
	}
	if r.options.Progress != nil {
		r.options.Progress(Progress{Epoch: r.state.Epoch, Epochs: r.Settings.Epochs, Step: r.state.Step, Steps: r.stepsPerEpoch() * r.Settings.Epochs, Loss: loss, Last: row})
	}
	return nil
}

// absurdLoss is far above any a network starts with, ln(classes) and the lasso: training that reaches it has diverged,
// though it may be long before the numbers overflow.
const absurdLoss = 1e6

// steps takes one epoch's optimiser steps and returns the mean loss and milliseconds a step.
func (r *Run) steps(ctx context.Context) (loss, stepMS float64, err error) {
	per, total := r.stepsPerEpoch(), r.stepsPerEpoch()*r.Settings.Epochs
	order := data.EpochOrder(r.splits.Train.Len(), r.Settings.Seed, r.state.Epoch)
	alive, sampled := ranks32(r.Network), make([]int32, len(r.Network.Layers))
	last, _ := r.lastRow()
	var training time.Duration
	told := time.Now()
	for i := range per {
		if err := ctx.Err(); err != nil {
			return 0, 0, fmt.Errorf("interrupted in epoch %d; `maestro resume %s` goes on from the end of epoch %d", r.state.Epoch+1, r.Dir, r.state.Epoch)
		}
		r.sampler.Draw(sampled)
		step := r.state.Step + i
		begin := time.Now()
		one, err := r.machine.step(order[i*r.Settings.Batch:(i+1)*r.Settings.Batch], sampled, alive, r.Settings.rate(step, total), step+1)
		if err != nil {
			return 0, 0, err
		}
		training += time.Since(begin)
		if !(one < absurdLoss) { // also NaN
			return 0, 0, fmt.Errorf("training diverged: the loss is %g at step %d of epoch %d; lower lr (now %g) or lambda_gl (%g). The last good checkpoint is %s",
				one, i+1, r.state.Epoch+1, r.Settings.LR, r.Settings.LambdaGL, checkpointDir(r.Dir, r.state.Epoch))
		}
		loss += one / float64(per)
		if r.options.Progress != nil && time.Since(told) > 100*time.Millisecond {
			told = time.Now()
			r.options.Progress(Progress{Epoch: r.state.Epoch + 1, Epochs: r.Settings.Epochs, Step: step + 1, Steps: total, Loss: one, Last: last})
		}
	}
	return loss, 1e3 * training.Seconds() / float64(per), nil
}

// stepMACs is what the forward passes of a training step compute for one example, with the ranks as they are compiled.
func (r *Run) stepMACs() int64 {
	macs := r.Network.StoredMACs()
	if r.Settings.FullPass {
		macs *= 2
	}
	return macs
}

// shrink lowers the ranks, and cuts what they freed out of the weights, the optimiser and the compiled step once that
// pays back, or when the run ends.
func (r *Run) shrink() error {
	if r.Settings.ShrinkAtEnd && r.state.Epoch+1 < r.Settings.Epochs {
		return nil
	}
	store := r.Network.Store()
	fell, err := r.Network.Shrink(r.Settings.EpsPS, followers(store))
	if err != nil {
		return err
	}
	if fell {
		r.sampler.Relayer(r.Network.Layers)
	}
	stored, alive := r.Network.StoredMACs(), r.Network.AliveMACs()
	left := (r.Settings.Epochs - r.state.Epoch - 1) * r.stepsPerEpoch()
	saved := float64(left) * (1 - float64(alive)/float64(stored)) // in steps of today's length
	if stored > alive && (left == 0 || saved > float64(r.Settings.RecompileSteps)) {
		r.machine.discard()
		return r.Network.Cut(followers(store))
	}
	return nil
}

// record appends to the tables and then saves the checkpoint that makes the rows count.
func (r *Run) record(row Row) error {
	if err := csvfile.Append(filepath.Join(r.Dir, "history.csv"), historyHeader, [][]string{row.record()}); err != nil {
		return err
	}
	if err := r.recordRanks(); err != nil {
		return err
	}
	return r.checkpoint()
}

func (r *Run) recordRanks() error {
	var ranks [][]string
	for _, l := range r.Network.Layers {
		ranks = append(ranks, []string{strconv.Itoa(r.state.Epoch), l.Name, strconv.Itoa(l.Full()), strconv.Itoa(l.Rank)})
	}
	importance, err := importanceRecords(r.Network, r.state.Epoch)
	if err != nil {
		return err
	}
	return errors.Join(csvfile.Append(filepath.Join(r.Dir, "ranks.csv"), ranksHeader, ranks),
		csvfile.Append(filepath.Join(r.Dir, "importance.csv"), importanceHeader, importance))
}

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
		Device: backend.Description(), Devices: r.machine.parallel.devices(), Versions: versions(),
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

func (r *Run) lastRow() (Row, bool) {
	rows, err := ReadHistory(r.Dir)
	if err != nil || len(rows) == 0 {
		return Row{}, false
	}
	return rows[len(rows)-1], true
}

// Gather averages the statistics of the network's batch norms over training examples, at its current weights and ranks,
// unless that is done. Measuring does it by itself; it is for a network that is to be used elsewhere.
func (r *Run) Gather() error { return r.machine.gather() }

// Test measures the test split. Nothing may be chosen by it.
func (r *Run) Test() (Measured, error) { return r.machine.measure(r.splits.Test) }

// Validate measures the validation split.
func (r *Run) Validate() (Measured, error) { return r.machine.measure(r.splits.Validation) }

func totalRank(n *lod.Network) (sum int) {
	for _, r := range n.Ranks() {
		sum += r
	}
	return sum
}

func ranks32(n *lod.Network) []int32 {
	out := make([]int32, len(n.Layers))
	for i, l := range n.Layers {
		out[i] = int32(l.Rank)
	}
	return out
}
