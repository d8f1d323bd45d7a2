package train

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/safetensors"
)

// Record is what a run folder tells, read without a device and in milliseconds: by any process, of a run that has ended
// or one that goes on.
type Record struct {
	Dir     string
	Config  Config
	History []Row       // an epoch each; none before the first has ended
	Ranks   []LayerRank // of every layer at the end of every epoch, from 0, the start
}

// ReadRun reads a run folder. One that is no run, or whose files are damaged, is an error that names it.
func ReadRun(dir string) (r *Record, err error) {
	r = &Record{Dir: dir}
	if r.Config, err = ReadConfig(dir); err != nil {
		return nil, err
	}
	if r.History, err = ReadHistory(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	r.Ranks, err = ReadRanks(dir)
	return r, err
}

// ReadRuns reads every run in a folder of run folders, in the order of their λ_gl and then their names; folders that are
// no run, or not one yet, are passed over. So is a run that cannot be read, and warn, which may be nil, is told why. A folder
// that does not exist has none.
func ReadRuns(parent string, warn func(string)) (all []*Record, err error) {
	entries, err := os.ReadDir(parent) // sorted
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		dir := filepath.Join(parent, e.Name())
		if !Exists(dir) {
			continue
		}
		r, err := ReadRun(dir)
		switch {
		case err == nil:
			all = append(all, r)
		case warn != nil:
			warn(fmt.Sprintf("the run %s is passed over: %v", dir, err))
		}
	}
	slices.SortStableFunc(all, func(a, b *Record) int {
		return cmp.Compare(a.Config.Settings.LambdaGL, b.Config.Settings.LambdaGL)
	})
	return all, nil
}

// Done says whether all epochs are trained.
func (r *Record) Done() bool { return r.Last().Epoch >= r.Config.Settings.Epochs }

// Name is the folder's.
func (r *Record) Name() string { return Name(r.Dir) }

// Last is the newest epoch's row; zero before the first has ended.
func (r *Record) Last() Row {
	if len(r.History) == 0 {
		return Row{}
	}
	return r.History[len(r.History)-1]
}

// LayerRanks are the layers' names and their ranks: full at the start, and after the newest epoch.
func (r *Record) LayerRanks() (layers []string, full, now []int) {
	for _, l := range r.Ranks {
		if l.Epoch == 0 {
			layers, full, now = append(layers, l.Layer), append(full, l.Full), append(now, l.Rank)
		} else if i := slices.Index(layers, l.Layer); i >= 0 {
			now[i] = l.Rank
		}
	}
	return layers, full, now
}

// Weights are the variables of the newest whole checkpoint by their names, such as model/fc1/u [outputs, rank], with the
// optimiser's under optimizer/.
func (r *Record) Weights() (map[string]safetensors.Tensor, error) {
	_, file, err := r.checkpoint()
	return file.Tensors, err
}

// checkpoint reads the newest whole one at an epoch's end.
func (r *Record) checkpoint() (s state, file safetensors.File, err error) {
	list, err := checkpoints(r.Dir, epochEnds)
	if err != nil {
		return s, file, err
	}
	for _, dir := range list {
		if s, file, err := readCheckpoint(dir); err == nil {
			return s, file, nil
		}
	}
	return s, file, fmt.Errorf("run %s has no whole checkpoint", r.Dir)
}

// Layers are the network's layers at its newest whole checkpoint.
func (r *Record) Layers() ([]lod.Layer, error) {
	s, _, err := r.checkpoint()
	return s.Layers, err
}

// Parameters is the number of trainable values of the network as it would be deployed at its newest whole checkpoint:
// weights, biases, and the scales and offsets of batch norms.
func (r *Record) Parameters() (count int64, err error) {
	s, file, err := r.checkpoint()
	for _, l := range s.Layers {
		count += l.Deployed().Weights
	}
	for name, t := range file.Tensors {
		switch last := path.Base(name); {
		case !strings.HasPrefix(name, "model/"), last == "u", last == "v", last == "matrix", last == "mean", last == "variance":
		default:
			count += int64(len(t.Data))
		}
	}
	return count, err
}

// TrainingMACs are the multiply-adds of the forward passes of all training steps so far, dead columns included: training
// takes three times as many, with the backward passes.
func (r *Record) TrainingMACs() (sum float64) {
	steps := 0
	for _, row := range r.History {
		sum += float64(row.Step-steps) * float64(r.Config.Settings.Batch) * float64(row.TrainMACs)
		steps = row.Step
	}
	return sum
}
