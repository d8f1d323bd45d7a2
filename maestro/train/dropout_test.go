package train

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// dropping is the task of a sum, by a network that drops a share of its hidden numbers.
func dropping(rate float64) *task.Task {
	const n, width = 96, 6
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float32, n*width), make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
		y[i/width] += x[i]
	}
	set := task.Set{task.NewColumn(x, width), task.NewColumn(y, 1)}
	return &task.Task{
		Net: task.Net{Name: "dropping", Inputs: []lod.Input{{Name: "x", Shape: []int{width}}},
			Model: func(p *lod.Pass, x *Node) *Node {
				x = p.Dropout(Tanh(p.Dense("first", x, 16)), rate)
				return p.Dense("last", p.Dropout(Tanh(p.Dense("middle", x, 12)), rate), 1)
			}},
		Data: &task.Data{Name: "sums", Train: set, Validation: set, Test: set}, Loss: task.SquaredError{},
	}
}

// firstLosses are those of single steps on the same examples at learning rate 0, by the numbers of the steps.
func firstLosses(t *testing.T, backend compute.Backend, it *task.Task, s runs.Settings, devices int,
	numbers ...int) (losses []float64) {
	t.Helper()
	r, err := open(backend, "", s, it, Options{Devices: devices}, s.Start)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	alive, order := ranks32(r.Network), EpochOrder(r.Examples(), 1, 0)
	for _, number := range numbers {
		loss, err := r.executor.step(batch{examples: order[:s.Batch]}, lod.Draw{Ranks: alive, First: 0}, alive,
			stepAt{number: number})
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, loss)
	}
	return losses
}

// TestDropoutOfSteps: a step drops by the run's seed and its number alone, and both of its passes alike; measuring
// drops nothing.
func TestDropoutOfSteps(t *testing.T) {
	t.Parallel()
	backend, s := testkit.Backend(t), runs.Defaults()
	s.Batch, s.Optimizer = 32, "sgd"
	losses := firstLosses(t, backend, dropping(0.5), s, 1, 1, 2, 1, 3)
	if losses[0] != losses[2] || losses[0] == losses[1] || losses[1] == losses[3] {
		t.Errorf("losses of steps 1, 2, 1 and 3: %v", losses)
	}
	if plain := firstLosses(t, backend, dropping(0), s, 1, 1, 2); plain[0] != plain[1] || plain[0] == losses[0] {
		t.Errorf("without dropout, losses of steps 1 and 2: %v", plain)
	}
	// The sampled pass, at the same ranks, learns what the full one gives: its squared error is 0 where both drop
	// alike. Computed by itself from the first layer on, it shares no output with the full pass.
	s.FullPass = true
	if both := firstLosses(t, backend, dropping(0.5), s, 1, 1, 2); !slices.Equal(both, losses[:2]) {
		t.Errorf("losses of two passes %v, of one %v", both, losses[:2])
	}
	s.FullPass, s.Seed = false, 2
	first := losses
	if losses = firstLosses(t, backend, dropping(0.5), s, 1, 1); losses[0] == first[0] {
		t.Errorf("another seed drops the same: %v", losses)
	}

	r, err := open(backend, "", s, dropping(0.5), Options{}, s.Start)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	plain, err := open(backend, "", s, dropping(0), Options{}, s.Start)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	a, err := r.Validate()
	if err != nil {
		t.Fatal(err)
	}
	b, err := plain.Validate()
	if err != nil || a.Loss != b.Loss {
		t.Errorf("measured with dropout %g, without %g (%v)", a.Loss, b.Loss, err)
	}
	probe, err := r.NewProbe(r.Examples(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	tried, err := probe.Losses(0, [][]int{r.Network.Ranks()})
	if err != nil || !near(tried[0], a.Loss) {
		t.Errorf("a candidate of the network's own ranks has a loss of %v, the network %g (%v)", tried, a.Loss, err)
	}
}

// near is equal but for rounding.
func near(a, b float64) bool { return a-b < 1e-5*b && b-a < 1e-5*b }

// TestDropoutOnDevices: several devices drop what one does.
func TestDropoutOnDevices(t *testing.T) {
	t.Parallel()
	backend, s := testkit.Devices(t, 2), runs.Defaults()
	s.Batch, s.Optimizer, s.FullPass = 32, "sgd", true
	one, two := firstLosses(t, backend, dropping(0.5), s, 1, 1, 2, 3), firstLosses(t, backend, dropping(0.5), s, 2,
		1, 2, 3)
	for i := range one {
		if !near(one[i], two[i]) {
			t.Errorf("losses on one device %v, on two %v", one, two)
		}
	}
}

// stepsLeft is a context that is cancelled after so many steps: training asks before each.
type stepsLeft struct {
	context.Context
	left int
}

func (c *stepsLeft) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestDropoutResumes: a run with dropout that is cut short within an epoch and between two, and while ranks fall,
// ends bit for bit as one that nobody touched.
func TestDropoutResumes(t *testing.T) {
	t.Parallel()
	backend, s := testkit.Backend(t), runs.Defaults()
	s.Epochs, s.Batch, s.LR, s.LambdaGL, s.EpsPS, s.RecompileSteps, s.FullPass = 4, 16, 0.02, 3e-3, 0.2, 0, true
	end := func(r *Run) string {
		t.Helper()
		defer r.Close()
		if err := r.Train(t.Context()); err != nil {
			t.Fatal(err)
		}
		if fell := r.Network.Ranks(); fell[1] == r.Network.Layers[1].Full() {
			t.Errorf("ranks %v: none fell", fell)
		}
		sum, err := r.Checksum()
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	start := func(rate float64) *Run {
		t.Helper()
		r, err := New(backend, t.TempDir()+"/run", s, dropping(rate), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := end(start(0.3))
	if none := end(start(0)); none == want {
		t.Error("dropout changed nothing")
	}
	cut := start(0.3)
	if err := cut.TrainTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := cut.Train(&stepsLeft{t.Context(), 2}); err == nil {
		t.Fatal("the run was not cut short")
	}
	cut.Close()
	again, err := Resume(backend, cut.Dir, dropping(0.3), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if steps := again.state.MidEpoch.Steps; steps != 2 {
		t.Errorf("the run was cut short after %d steps of an epoch, want 2", steps)
	}
	if got := end(again); got != want {
		t.Error("the weights differ")
	}
}
