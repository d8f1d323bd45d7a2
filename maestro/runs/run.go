// Package runs is the run folder: the settings of a training, its tables, its checkpoints as bytes, and where it
// came from. Any process can read one while it is written. It links no compiler of programs, so that what only
// looks at runs starts at once.
package runs

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Run is what a run folder tells, read without a device and in milliseconds: by any process, of a run that has ended
// or one that goes on.
type Run struct {
	Dir     string
	Config  Config
	History []Row       // an epoch each; none before the first has ended
	Ranks   []LayerRank // of every layer at the end of every epoch, from 0, the start
}

// Read reads a run folder. One that is no run, or whose files are damaged, is an error that names it.
func Read(dir string) (r *Run, err error) {
	r = &Run{Dir: dir}
	if r.Config, err = ReadConfig(dir); err != nil {
		return nil, err
	}
	if r.History, err = ReadHistory(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	r.Ranks, err = ReadRanks(dir)
	return r, err
}

// ReadAll reads every run in a folder of run folders, in the order of their λ_gl and then their names; folders that
// are no run, or not one yet, are passed over. So is a run that cannot be read, and warn, which may be nil, is told
// why. A folder that does not exist has none.
func ReadAll(parent string, warn func(string)) (all []*Run, err error) {
	entries, err := os.ReadDir(parent) // sorted
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		dir := filepath.Join(parent, e.Name())
		if !Exists(dir) {
			continue
		}
		r, err := Read(dir)
		switch {
		case err == nil:
			all = append(all, r)
		case warn != nil:
			warn(fmt.Sprintf("the run %s is passed over: %v", dir, err))
		}
	}
	slices.SortStableFunc(all, func(a, b *Run) int {
		return cmp.Compare(a.Config.Settings.LambdaGL, b.Config.Settings.LambdaGL)
	})
	return all, nil
}

// Done is true once all epochs are trained.
func (r *Run) Done() bool { return r.Last().Epoch >= r.Config.Settings.Epochs }

// Name is the folder's.
func (r *Run) Name() string { return Name(r.Dir) }

// Last is the newest epoch's row; zero before the first has ended.
func (r *Run) Last() Row {
	if len(r.History) == 0 {
		return Row{}
	}
	return r.History[len(r.History)-1]
}

// LayerRanks are the layers' names and their ranks: full at the start, and after the newest epoch.
func (r *Run) LayerRanks() (layers []string, full, now []int) {
	for _, l := range r.Ranks {
		if l.Epoch == 0 {
			layers, full, now = append(layers, l.Layer), append(full, l.Full), append(now, l.Rank)
		} else if i := slices.Index(layers, l.Layer); i >= 0 {
			now[i] = l.Rank
		}
	}
	return layers, full, now
}

// TrainingMACs are the multiply-adds of the forward passes of all training steps so far, dead columns included:
// training takes three times as many, with the backward passes.
func (r *Run) TrainingMACs() (sum float64) {
	steps := 0
	for _, row := range r.History {
		sum += float64(row.Step-steps) * float64(r.Config.Settings.Batch) * float64(row.TrainMACs)
		steps = row.Step
	}
	return sum
}

// Line is how far a run has come, in the words of a table.
type Line struct {
	Run                string
	Epoch, Epochs      int
	ValidationAccuracy float64 // percent
	TotalRank          int
	Weights, MACs      int64 // of the deployed network
}

// Lines are those of runs, in their order.
func Lines(all []*Run) (lines []Line) {
	for _, r := range all {
		last := r.Last()
		lines = append(lines, Line{r.Name(), last.Epoch, r.Config.Settings.Epochs, last.ValidationAccuracy,
			last.TotalRank, last.Weights, last.MACs})
	}
	return lines
}
