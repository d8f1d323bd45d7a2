package compress

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Model is a network of the ladder's Pareto front, as a run folder of its own.
type Model struct {
	Step int    `csv:"step"`
	Dir  string `csv:"dir"` // relative to the ladder's run folder
	runs.Result
}

// Front lists the rungs whose validation was measured and that no other rung beats in both MACs and validation
// accuracy, or loss where the task has no accuracy, the largest first; at most so many, spread evenly over the
// logarithm of their MACs, both ends among them. Step 0 is always among them, to compare with; a rung of no MACs at
// all is not.
func Front(rungs []Rung, most int) (front []Rung) {
	best := math.Inf(-1)
	for _, r := range slices.Backward(slices.SortedStableFunc(slices.Values(rungs),
		func(a, b Rung) int { return cmp.Compare(b.MACs, a.MACs) })) {
		if r.Validation != (runs.Measured{}) && r.MACs > 0 && r.Validation.Score() > best {
			best = r.Validation.Score()
			front = append(front, r)
		}
	}
	slices.Reverse(front)
	if len(front) > 0 && front[0].Step != rungs[0].Step {
		front = append([]Rung{rungs[0]}, front...)
	}
	if most < 2 || len(front) <= most {
		return front
	}
	at := func(r Rung) float64 { return math.Log(float64(r.MACs)) }
	first, last := at(front[0]), at(front[len(front)-1])
	var thin []Rung
	for i := range most {
		want := first + (last-first)*float64(i)/float64(most-1)
		nearest := slices.MinFunc(front, func(a, b Rung) int {
			return cmp.Compare(math.Abs(at(a)-want), math.Abs(at(b)-want))
		})
		if len(thin) == 0 || thin[len(thin)-1].Step != nearest.Step {
			thin = append(thin, nearest)
		}
	}
	return thin
}

// measureEnds measures the validation split at the first and the last of a run's rungs where the search, which may do
// so only at every so many steps, did not: the ends of the front are always models. ladder.csv is written again with
// them.
func measureEnds(run *train.Run, rungs []Rung) error {
	full, measured := run.Network.Ranks(), false
	for _, i := range []int{0, len(rungs) - 1} {
		if rungs[i].Validation != (runs.Measured{}) {
			continue
		}
		err := run.SetRanks(rungs[i].Ranks)
		if err == nil {
			rungs[i].Validation, err = run.Validate()
		}
		if err != nil {
			return errors.Join(err, run.SetRanks(full))
		}
		measured = true
	}
	if !measured {
		return nil
	}
	if err := run.SetRanks(full); err != nil {
		return err
	}
	all, err := readRungs(run.Dir)
	if err != nil {
		return err
	}
	for i, r := range all { // also those below the bound
		if r.Step < len(rungs) {
			all[i] = rungs[r.Step]
		}
	}
	return csvfile.WriteRows(ladderCSV(run.Dir), all)
}

// WriteModels makes a run folder ladder/NNN in the run's of each rung of the front: the run at its epoch with the
// ranks of the rung, cut and merged for real, measured once on the test split. Folders that are there already are
// kept. It writes the list, front.csv.
func WriteModels(run *train.Run, front []Rung, o Options) ([]Model, error) {
	var models []Model
	for i, rung := range front {
		o.Report.Tell("making the models of the front", i, len(front))
		m, err := writeModel(run, rung)
		if err != nil {
			return models, fmt.Errorf("step %d: %w", rung.Step, err)
		}
		models = append(models, m)
		if err := csvfile.WriteRows(filepath.Join(run.Dir, "front.csv"), models); err != nil {
			return models, err
		}
	}
	return models, nil
}

// ReadFront reads the models of a run's front. A run without is an error that says how to make it.
func ReadFront(dir string) (models []Model, err error) {
	models, err = readTable[Model](filepath.Join(dir, "front.csv"))
	if err == nil && len(models) == 0 {
		err = fmt.Errorf("%s has no models of a ladder: make them by `maestro compress %s`", dir, dir)
	}
	return models, err
}

func writeModel(run *train.Run, rung Rung) (Model, error) {
	m := Model{Step: rung.Step, Dir: filepath.Join(runs.Ladder, runs.RungName(rung.Step)),
		Result: runs.Result{Size: rung.Size, Validation: rung.Validation.Accuracy, Ranks: rung.Ranks}}
	dir := filepath.Join(run.Dir, m.Dir)
	if runs.Exists(dir) && !isModel(dir) {
		return m, fmt.Errorf("%s holds a run that the search did not make: move it away", dir)
	}
	var err error
	if m.Test, err = runs.ReadTest(dir); err == nil {
		return m, nil
	}
	var made *train.Run
	if runs.Exists(dir) {
		made, err = run.Sibling(dir)
	} else {
		made, err = train.Branch(run.Backend(), dir, run, train.Branching{
			Settings: run.Settings, Epoch: run.Epoch(), Note: modelNote(rung.Step),
			Change: func(n *lod.Network) error { return deploy(n, rung.Ranks, nil) },
		}, train.Options{Own: run.Own()})
	}
	if err != nil {
		return m, err
	}
	defer made.Close()
	m.Test, err = made.TestOnce()
	return m, err
}
