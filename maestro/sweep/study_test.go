package sweep

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/rows"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// circle is a task of points of the plane: whether they are in a circle.
func circle(context.Context, string, runs.Settings) (*task.Task, error) {
	table := &rows.Table{Name: "circle", Header: []string{"x", "y", "inside"}}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		x, y := 2*rng.Float64()-1, 2*rng.Float64()-1
		table.Rows = append(table.Rows, []string{fmt.Sprint(x), fmt.Sprint(y), fmt.Sprint(x*x+y*y < 0.5)})
	}
	return table.Classify("net", models.MLP(2, 8), rows.Options{Target: "inside", Seed: 1})
}

// study is four points of two seeds each.
func study(t *testing.T) Study {
	s := runs.Defaults()
	s.Model, s.Data, s.Epochs, s.Batch, s.LR, s.Validation = "net", "circle", 2, 24, 0.1, 30
	return Study{Dir: filepath.Join(t.TempDir(), "study"), Settings: s, Axes: []string{"lambda_gl=0,log(1e-4..1e-2,3)"}, Seeds: []uint64{1, 2}}
}

// TestStudy: every trial is run once; a study that was cut short goes on with what is missing; more values and seeds keep what is
// done; and what a finished study tells is in its folders alone.
func TestStudy(t *testing.T) {
	s := study(t)
	begun := map[string]int{}
	here := trial.Here{Backend: testkit.Backend(t), Load: circle, Progress: func(name string, _, _ int) { begun[name]++ }}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cut := here
	cut.Options = train.Options{Progress: func(p train.Progress) {
		if len(begun) == 3 && p.Epoch == 1 {
			cancel()
		}
	}}
	if err := s.Run(ctx, cut, nil, nil); !errors.Is(ctx.Err(), context.Canceled) || err == nil {
		t.Fatalf("a study that was cut short: %v", err)
	}
	trials, err := s.Look()
	if err != nil || trials[0].State != Finished || trials[2].State == Finished || trials[7].State != Missing {
		t.Fatalf("states %v (%v)", trials, err)
	}
	if err := s.Run(t.Context(), here, nil, nil); err != nil {
		t.Fatal(err)
	}
	if trials, err = s.Look(); err != nil {
		t.Fatal(err)
	}
	for _, one := range trials {
		if n := begun[runs.Name(one.Dir)]; one.State != Finished || n > 2 {
			t.Errorf("%s, seed %d is %s after %d turns", one.Point, one.Settings.Seed, one.State, n)
		}
	}
	idle := here
	idle.Backend, idle.Load = nil, nil
	if err := s.Run(t.Context(), idle, nil, nil); err != nil {
		t.Errorf("a finished study: %v", err)
	}

	more := s
	more.Axes, more.Seeds = []string{"lambda_gl=0,log(1e-4..1e-2,3),0.1"}, []uint64{2, 1, 3}
	if err := more.Save(); err != nil {
		t.Fatal(err)
	}
	added, err := more.Look()
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, one := range added {
		if one.State == Finished {
			done++
		}
	}
	if len(added) != 15 || done != 8 {
		t.Errorf("of %d trials %d are done", len(added), done)
	}
	read, err := Read(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(more, read); diff != "" {
		t.Errorf("study.yaml (-written +read):\n%s", diff)
	}
	other := s
	other.Settings.Batch = 48
	if err := other.Save(); err == nil || !strings.Contains(err.Error(), "whose optim.batch is 24, and this one's is 48") {
		t.Errorf("another batch: %v", err)
	}

	all := Summarise(trials)
	if len(all) != 4 || all[0].Seeds != 2 || all[0].Planned != 2 {
		t.Fatalf("summaries %+v", all)
	}
	for i, one := range all {
		a, b := trials[2*i].Run.Last(), trials[2*i+1].Run.Last()
		if one.MACs.Mean != float64(a.MACs+b.MACs)/2 || math.Abs(one.Accuracy.Mean-(a.ValidationAccuracy+b.ValidationAccuracy)/2) > 1e-9 {
			t.Errorf("%s: %+v of %+v and %+v", one.Point, one, a, b)
		}
	}
	header, table := Rows(trials)
	if len(table) != 8 || len(table[0]) != len(header) || header[0] != "lambda_gl" || table[0][2] != "finished" {
		t.Errorf("rows %v of %v", table, header)
	}
}

// TestFailures: a trial that diverges, or fails, ends none of the others, is told with its reason and tried again only where that is asked for;
// three in a row that fail alike end the study.
func TestFailures(t *testing.T) {
	s := study(t)
	s.Axes, s.Seeds = []string{"lr=1e30,0.1,1e31,1e32"}, []uint64{1}
	var told []string
	failed := func(one Trial, err error) { told = append(told, one.Point.String()) }
	here := trial.Here{Backend: testkit.Backend(t), Load: circle}
	if err := s.Run(t.Context(), here, nil, failed); err != nil {
		t.Fatal(err)
	}
	trials, err := s.Look()
	if err != nil {
		t.Fatal(err)
	}
	var states []State
	for _, one := range trials {
		states = append(states, one.State)
	}
	if !slices.Equal(states, []State{Diverged, Finished, Diverged, Diverged}) || len(told) != 3 || !strings.Contains(trials[0].Reason, "training diverged") {
		t.Errorf("states %v, told %q, reason %q", states, told, trials[0].Reason)
	}
	told = nil
	if err := s.Run(t.Context(), here, nil, failed); err != nil || len(told) != 0 {
		t.Errorf("run once more: %q (%v)", told, err)
	}
	if err := s.Run(t.Context(), here, []State{Diverged}, failed); err != nil || len(told) != 3 {
		t.Errorf("tried again: %q (%v)", told, err)
	}

	s = study(t)
	broken := here
	broken.Load = func(context.Context, string, runs.Settings) (*task.Task, error) {
		return nil, errors.New("no disk: it is gone")
	}
	told = nil
	if err := s.Run(t.Context(), broken, nil, failed); err == nil || !strings.Contains(err.Error(), "3 trials in a row failed alike") || len(told) != 3 {
		t.Errorf("what is wrong with all: %q (%v)", told, err)
	}
	if text, err := os.ReadFile(s.failures()); err != nil || strings.Count(string(text), "no disk: it is gone") != 3 {
		t.Errorf("failures.csv: %s (%v)", text, err)
	}
}

// TestFront: the points that are marked are those that no other beats in both, by comparing each with each.
func TestFront(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 3))
	for range 200 {
		all := make([]Summary, 1+rng.IntN(12))
		for i := range all {
			all[i].Accuracy.Mean, all[i].MACs.Mean = float64(rng.IntN(6)), float64(rng.IntN(6))
		}
		markFront(all)
		for i, a := range all {
			beaten := slices.ContainsFunc(all, func(b Summary) bool {
				return b.Accuracy.Mean >= a.Accuracy.Mean && b.MACs.Mean <= a.MACs.Mean && (b.Accuracy.Mean > a.Accuracy.Mean || b.MACs.Mean < a.MACs.Mean)
			})
			twin := slices.ContainsFunc(all, func(b Summary) bool { return b.Front && b.Accuracy == a.Accuracy && b.MACs == a.MACs })
			if a.Front && beaten || !beaten && !twin {
				t.Fatalf("point %d of %+v: front %v, beaten %v", i, all, a.Front, beaten)
			}
		}
	}
}
