package train

import (
	"math"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
)

// TestSharedPrefixTrainsAlike: steps that share what the two passes have in common give the losses of the one that
// does not.
func TestSharedPrefixTrainsAlike(t *testing.T) {
	t.Parallel()
	s := runs.Defaults()
	s.FullPass, s.Batch, s.LambdaGL = true, 32, 1e-4
	losses := func(splits []int) (all []float64, compiled int) {
		r, err := open(testkit.Backend(t), "", s, syntheticTask(t, s), Options{}, s.Start)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		alive := ranks32(r.Network)
		for i := range 24 {
			draw, some := r.sampler.Draw(), batch{examples: EpochOrder(64, 1, i)[:32]}
			if _, err := r.executor.stepFor(r.executor.programFor(some, draw)); err != nil {
				t.Fatal(err)
			}
			if splits != nil {
				r.executor.splits = splits
			}
			loss, err := r.executor.step(some, draw, alive, stepAt{number: i + 1, rate: s.LR})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, loss)
		}
		return all, len(r.executor.train)
	}
	shared, compiled := losses(nil)
	if compiled < 2 {
		t.Fatalf("%d step was compiled: nothing was shared", compiled)
	}
	alone, _ := losses([]int{0})
	for i := range alone {
		if !(math.Abs(alone[i]-shared[i]) <= 1e-3*(1+alone[i])) {
			t.Errorf("step %d: loss %g, with a shared prefix %g", i+1, alone[i], shared[i])
		}
	}
}

// syntheticTask is that of 64 images of the size of MNIST's.
func syntheticTask(t *testing.T, s runs.Settings) *task.Task {
	set := data.Set{Images: make([]byte, 64*784), Labels: make([]int32, 64), Height: 28, Width: 28, Channels: 1,
		Classes: 10}
	for i := range set.Images {
		set.Images[i] = byte(i * i % 251)
	}
	for i := range set.Labels {
		set.Labels[i] = int32(i % 10)
	}
	return taskOf(t, s, &data.Splits{Train: set, Validation: set, Test: set, Checksum: "synthetic",
		Mean: []float64{0.5}, Std: []float64{0.3}})
}

// taskOf is the settings' task on splits.
func taskOf(t *testing.T, s runs.Settings, splits *data.Splits) *task.Task {
	t.Helper()
	learnt, err := images.New(s, splits)
	if err != nil {
		t.Fatal(err)
	}
	return learnt
}
