package trial_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/baselines"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/rows"
	"github.com/maestro-lod/notebook/maestro/trial"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// classes is a task of 400 points of the plane in two classes.
func classes(t *testing.T) *task.Task {
	t.Helper()
	table := &rows.Table{Name: "grid", Header: []string{"x", "y", "inside"}}
	for i := range 400 {
		x, y := i%20-10, i/20-10
		inside := "no"
		if x*x+y*y < 50 {
			inside = "yes"
		}
		table.Rows = append(table.Rows, []string{strconv.Itoa(x), strconv.Itoa(y), inside})
	}
	it, err := table.Classify("net", models.MLP(2, 16), rows.Options{Target: "inside", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// TestHere: trials are run after those that they start from, each once; what is finished is opened without a device;
// a trial that goes on from another costs what both cost.
func TestHere(t *testing.T) {
	dir := t.TempDir()
	s := runs.Defaults()
	s.Model, s.Data, s.Epochs, s.Batch, s.LR = "net", "grid", 3, 20, 0.05
	s.Validation = 40
	whole := trial.Trial{Dir: filepath.Join(dir, "whole"), Settings: s, Method: baselines.Whole{}}
	cut := trial.Trial{Dir: filepath.Join(dir, "cut"), Settings: baselines.Whole{}.Settings(s),
		Method: baselines.SVD{Ratio: 0.5}, From: &whole}
	tuned := trial.Trial{Dir: filepath.Join(dir, "tuned"), Settings: cut.Settings,
		Method: baselines.SVD{Ratio: 0.5, FineTune: 2, LR: 0.01}, From: &whole}
	if _, err := cut.Read(); !errors.Is(err, trial.ErrUnfinished) {
		t.Errorf("a trial that was not run: %v", err)
	}
	loads := 0
	var told []string
	here := trial.Here{Backend: testkit.Backend(t), Progress: func(what string, _, _ int) { told = append(told, what) },
		Load: func(context.Context, string, runs.Settings) (*task.Task, error) { loads++; return classes(t), nil }}
	if err := here.Run(t.Context(),
		[]trial.Trial{cut, tuned, {Dir: filepath.Join(dir, "sampled"), Settings: s}}); err != nil {
		t.Fatal(err)
	}
	if loads != 1 || strings.Join(told, " ") != "cut tuned sampled" {
		t.Errorf("the task was loaded %d times, for %v", loads, told)
	}
	var costs []float64
	for _, one := range []trial.Trial{whole, cut, tuned} {
		if one.Dir == whole.Dir {
			if err := here.Run(t.Context(), []trial.Trial{one}); err != nil { // it is trained, and not yet measured
				t.Fatal(err)
			}
		}
		record, err := one.Read()
		if err != nil {
			t.Fatal(err)
		}
		cost, err := one.TrainingMACs(record)
		if err != nil {
			t.Fatal(err)
		}
		costs = append(costs, cost)
	}
	if costs[0] != costs[1] || !(costs[2] > costs[0]) {
		t.Errorf("training costs %v: the second trained no step, the third some more", costs)
	}
	here.Backend, here.Load = nil, nil
	if err := here.Run(t.Context(), []trial.Trial{whole, cut, tuned}); err != nil {
		t.Errorf("opening finished trials: %v", err)
	}
	other := cut
	other.Method = baselines.SVD{Ratio: 0.25}
	again := tuned
	again.Settings.LR = 1
	again.Method = trial.Sampling{}
	for name, wrong := range map[string]trial.Trial{"made otherwise": other, "holds a run with other settings": again} {
		if err := here.Run(t.Context(), []trial.Trial{wrong}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want an error that says %q: %v", name, err)
		}
	}
	circle := trial.Trial{Dir: filepath.Join(dir, "circle"), Settings: s, Method: baselines.SVD{Ratio: 0.5}}
	circle.From = &circle
	here.Backend, here.Load = testkit.Backend(t), func(context.Context, string, runs.Settings) (*task.Task,
		error) {
		return classes(t), nil
	}
	all := []trial.Trial{circle}
	all[0].From = &all[0]
	if err := here.Run(t.Context(), all); err == nil || !strings.Contains(err.Error(), "starts from itself") {
		t.Errorf("a trial that starts from itself: %v", err)
	}
}
