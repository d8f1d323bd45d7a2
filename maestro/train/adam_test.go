package train

import (
	"path/filepath"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// TestAdamBeginsAnew: the optimizer of a branch begins anew, so that its first steps are the same at whatever epoch
// of the schedule the branch starts.
func TestAdamBeginsAnew(t *testing.T) {
	t.Parallel()
	s := runs.Defaults()
	s.Optimizer, s.Momentum, s.LR, s.Batch, s.Epochs = "adamw", 0, 1e-3, 32, 40
	backend, learnt := testkit.Backend(t), syntheticTask(t, s)
	from, err := open(backend, "", s, learnt, Options{}, s.Start)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	from.state.Epoch = 20
	var all [2][]float64
	for i, epoch := range []int{0, 20} {
		r, err := open(backend, filepath.Join(t.TempDir(), "branch"), s, learnt, Options{}, s.Start)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := r.copyFrom(from, Branching{Settings: s, Epoch: epoch}); err != nil {
			t.Fatal(err)
		}
		examples, ranks := make([]int32, s.Batch), ranks32(r.Network)
		for k := range examples {
			examples[k] = int32(k)
		}
		for k := range 4 {
			loss, err := r.executor.step(batch{examples: examples}, lod.Drawn(r.Network.Layers, ranks), ranks,
				stepAt{number: r.state.Step + k + 1, optimizerStart: r.state.OptimizerStart, rate: s.LR})
			if err != nil {
				t.Fatal(err)
			}
			all[i] = append(all[i], loss)
		}
	}
	if all[0][0] == all[0][3] {
		t.Errorf("losses %v: nothing was learnt", all[0])
	}
	for k := range all[0] {
		if all[0][k] != all[1][k] {
			t.Errorf("step %d: loss %g, from epoch 20 on %g", k+1, all[0][k], all[1][k])
		}
	}
}
