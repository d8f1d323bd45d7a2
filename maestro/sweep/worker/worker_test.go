package worker_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/internal/sweeptest"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/worker"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// study is four points of two seeds each.
func study(t *testing.T) sweep.Study {
	return sweeptest.Study(t, 2, []string{"lambda_gl=0,log(1e-4..1e-2,3)"}, 1, 2)
}

// options are those of a worker on the circle; change may change what trainings have.
func options(t *testing.T, change func(*trial.Here)) worker.Options {
	return worker.Options{
		Retry: sweep.Retry{States: sweep.DefaultRetry()},
		Open: func(ctx context.Context) (trial.Here, func(), error) {
			here, end, err := sweeptest.Open(t)(ctx)
			if change != nil {
				change(&here)
			}
			return here, end, err
		},
	}
}

func statesOf(trials []sweep.Trial) (states []sweep.State) {
	for _, one := range trials {
		states = append(states, one.State)
	}
	return states
}

// TestStudy: every trial is run once; a study that was cut short goes on with what is missing; more values and seeds
// keep what is done; a finished study opens no device; and what it tells is in its folders alone.
func TestStudy(t *testing.T) {
	s := study(t)
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	begun := map[string]int{}
	events := func(e sweep.Event) {
		if e.State == sweep.Running && e.Attempt > 0 {
			begun[e.Trial]++
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cut := options(t, func(h *trial.Here) {
		h.Options.Progress = func(p train.Progress) {
			if len(begun) == 3 && p.Epoch == 1 {
				cancel()
			}
		}
	})
	cut.Events = events
	if err := worker.Run(ctx, s, sweeptest.Look(t, s), cut); !errors.Is(err, context.Canceled) {
		t.Fatalf("a study that was cut short: %v", err)
	}
	want := slices.Repeat([]sweep.State{sweep.Missing}, 8)
	want[0], want[1], want[2] = sweep.Finished, sweep.Finished, sweep.Interrupted
	if got := statesOf(sweeptest.Look(t, s)); !slices.Equal(got, want) {
		t.Fatalf("states %v", got)
	}
	whole := options(t, nil)
	whole.Events = events
	if err := worker.Run(t.Context(), s, sweeptest.Look(t, s), whole); err != nil {
		t.Fatal(err)
	}
	trials := sweeptest.Look(t, s)
	for i, one := range trials {
		turns := 1
		if i == 2 {
			turns = 2
		}
		if n := begun[one.Name()]; one.State != sweep.Finished || n != turns || one.Attempts != turns {
			t.Errorf("%s, seed %d is %s after %d turns and %d attempts", one.Point, one.Settings.Seed, one.State, n,
				one.Attempts)
		}
	}
	idle := worker.Options{Open: func(context.Context) (trial.Here, func(), error) { panic("opened") }}
	if err := worker.Run(t.Context(), s, trials, idle); err != nil {
		t.Errorf("a finished study: %v", err)
	}

	more := s
	more.Axes, more.Seeds = []string{"lambda_gl=0,log(1e-4..1e-2,3),0.1"}, []uint64{2, 1, 3}
	if err := more.Save(); err != nil {
		t.Fatal(err)
	}
	added := sweeptest.Look(t, more)
	if count := sweep.Count(added); len(added) != 15 || count[sweep.Finished] != 8 || count[sweep.Missing] != 7 {
		t.Errorf("of %d trials: %v", len(added), count)
	}

	all := sweep.Summarise(trials)
	if len(all) != 4 || all[0].Seeds != 2 || all[0].Planned != 2 {
		t.Fatalf("summaries %+v", all)
	}
	for i, one := range all { // from the runs' own tables
		var accuracy, macs float64
		for _, seed := range trials[2*i : 2*i+2] {
			run, err := runs.Read(seed.Dir)
			if err != nil {
				t.Fatal(err)
			}
			accuracy, macs = accuracy+run.Last().ValidationAccuracy/2, macs+float64(run.Last().MACs)/2
		}
		if one.MACs.Mean != macs || math.Abs(one.Accuracy.Mean-accuracy) > 1e-9 {
			t.Errorf("%s: %+v, want %g %% and %g MACs", one.Point, one, accuracy, macs)
		}
	}
	// The records can be removed: the run folders tell the same.
	before := sweep.TableOf(trials)
	if err := os.RemoveAll(filepath.Join(s.Dir, "trials")); err != nil {
		t.Fatal(err)
	}
	after := sweep.TableOf(sweeptest.Look(t, s))
	for i := range before.Rows {
		for k, column := range before.Columns {
			if a, b := before.Rows[i][k], after.Rows[i][k]; column.Name != "attempts" && a != b {
				t.Errorf("row %d, %s was %v, and is %v without the records", i, column.Name, a, b)
			}
		}
	}
}

// TestFailures: a trial that diverges, or fails, ends none of the others, is told with its reason and tried again
// only where that is asked for, up to a cap that can be lifted; three in a row that fail alike end the worker.
func TestFailures(t *testing.T) {
	s := study(t)
	s.Axes, s.Seeds = []string{"lr=1e30,0.1,1e31,1e32"}, []uint64{1}
	var told []string
	o := options(t, nil)
	o.Events = func(e sweep.Event) {
		if e.Reason != "" {
			told = append(told, e.Reason)
		}
	}
	run := func() {
		t.Helper()
		told = nil
		if err := worker.Run(t.Context(), s, sweeptest.Look(t, s), o); err != nil {
			t.Fatal(err)
		}
	}
	run()
	trials := sweeptest.Look(t, s)
	want := []sweep.State{sweep.Diverged, sweep.Finished, sweep.Diverged, sweep.Diverged}
	if got := statesOf(trials); !slices.Equal(got, want) || len(told) != 3 ||
		!strings.Contains(trials[0].Reason, "training diverged") {
		t.Errorf("states %v, told %q, reason %q", got, told, trials[0].Reason)
	}
	if run(); len(told) != 0 {
		t.Errorf("run once more: %q", told)
	}
	o.Retry = sweep.Retry{States: []sweep.State{sweep.Diverged}, Most: 2}
	if run(); len(told) != 3 {
		t.Errorf("tried again: %q", told)
	}
	if run(); len(told) != 0 {
		t.Errorf("tried a third time, of two: %q", told)
	}
	if err := sweep.Again(&trials[0]); err != nil {
		t.Fatal(err)
	}
	if run(); len(told) != 1 {
		t.Errorf("one that is asked for again: %q", told)
	}

	s = study(t)
	broken := options(t, func(h *trial.Here) {
		h.Load = func(context.Context, string, runs.Settings) (*task.Task, error) {
			return nil, errors.New("no disk: it is gone")
		}
	})
	err := worker.Run(t.Context(), s, sweeptest.Look(t, s), broken)
	if !errors.Is(err, worker.ErrAlike) || !strings.Contains(err.Error(), "no disk: it is gone") {
		t.Errorf("what is wrong with all: %v", err)
	}
	if count := sweep.Count(sweeptest.Look(t, s)); count[sweep.Failed] != 3 || count[sweep.Missing] != 5 {
		t.Errorf("states %v", count)
	}
}

// TestLimit: an attempt that takes longer than it may is stopped, with the reason.
func TestLimit(t *testing.T) {
	s := study(t)
	s.Settings.Epochs, s.Axes, s.Seeds = 1000000, nil, []uint64{1}
	o := options(t, nil)
	o.Limit = 300 * time.Millisecond
	if err := worker.Run(t.Context(), s, sweeptest.Look(t, s), o); err != nil {
		t.Fatal(err)
	}
	if one := sweeptest.Look(t, s)[0]; one.State != sweep.Stopped ||
		one.Reason != "the trial ran out of its time: 300ms" {
		t.Errorf("%s: %q", one.State, one.Reason)
	}
}

// TestManyWorkers: of many workers at a study, each trial is run by one.
func TestManyWorkers(t *testing.T) {
	s := study(t)
	var mu sync.Mutex
	begun := map[string]int{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			o := options(t, nil)
			o.Wait = true
			o.Events = func(e sweep.Event) {
				mu.Lock()
				defer mu.Unlock()
				if e.State == sweep.Running && e.Attempt > 0 {
					begun[e.Trial]++
				}
			}
			if err := worker.Run(t.Context(), s, sweeptest.Look(t, s), o); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, one := range sweeptest.Look(t, s) {
		if one.State != sweep.Finished || one.Attempts != 1 || begun[one.Name()] != 1 {
			t.Errorf("%s is %s after %d attempts", one.Name(), one.State, one.Attempts)
		}
	}
}

// TestPath: each step of a λ path begins with the weights that the one before ended with, in the order of λ_gl; ranks
// only fall along it; and its trials are others than those of separate trainings.
func TestPath(t *testing.T) {
	s := study(t)
	s.Axes, s.Seeds, s.PathEpochs = []string{"lambda_gl=1e-2,0,1e-3"}, []uint64{1, 2}, 1
	alone := s
	alone.PathEpochs = 0
	names := map[string]bool{}
	for _, one := range sweeptest.Look(t, alone) {
		names[one.Name()] = true
	}
	trials := sweeptest.Look(t, s)
	if err := worker.Run(t.Context(), s, trials, options(t, nil)); err != nil {
		t.Fatal(err)
	}
	byLambda := map[float64]*sweep.Trial{}
	for i, one := range sweeptest.Look(t, s) {
		if one.State != sweep.Finished || names[one.Name()] {
			t.Fatalf("%s, %s is %s: %s", one.Name(), one.Point, one.State, one.Reason)
		}
		if one.Settings.Seed == 1 {
			byLambda[one.Settings.LambdaGL] = &trials[i]
		}
	}
	before := byLambda[0]
	for _, lambda := range []float64{1e-3, 1e-2} {
		now := byLambda[lambda]
		run, err := runs.Read(now.Dir)
		if err != nil {
			t.Fatal(err)
		}
		was, err := runs.Read(before.Dir)
		if err != nil {
			t.Fatal(err)
		}
		_, full, _ := run.LayerRanks()
		_, _, ended := was.LayerRanks()
		if run.Config.From.Run != before.Name() || len(run.History) != 1 || !slices.Equal(full, ended) {
			t.Errorf("λ %g begins with %q and the ranks %v, after %q with %v", lambda, run.Config.From.Run, full,
				before.Name(), ended)
		}
		before = now
	}
}

// TestLadder: every finished trial has rungs, the first of which is the trained network, and the front over them has
// none that another beats.
func TestLadder(t *testing.T) {
	s := study(t)
	s.Axes, s.Seeds = []string{"lambda_gl=0,1e-2"}, []uint64{1}
	s.Ladder = &sweep.Ladder{MaxDrop: 20, Examples: 100, Models: 3}
	if err := worker.Run(t.Context(), s, sweeptest.Look(t, s), options(t, nil)); err != nil {
		t.Fatal(err)
	}
	trials := sweeptest.Look(t, s)
	for _, one := range trials {
		if one.State != sweep.Finished || len(one.Outcome.Rungs) < 2 || one.Outcome.Rungs[0].MACs != one.Outcome.MACs {
			t.Errorf("%s is %s (%s): %+v", one.Point, one.State, one.Reason, one.Outcome)
		}
	}
	all := sweep.Candidates(trials, sweep.MACs)
	if want := len(trials[0].Outcome.Rungs) + len(trials[1].Outcome.Rungs); len(all) != want {
		t.Errorf("%d candidates of %d rungs", len(all), want)
	}
	for _, a := range all {
		for _, b := range all {
			if a.Front && b.Network.Accuracy > a.Network.Accuracy && b.Network.MACs <= a.Network.MACs {
				t.Errorf("%+v is on the front, and %+v beats it", a.Network, b.Network)
			}
		}
	}
}
