package train

import (
	"math"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// TestSharedPrefixTrainsAlike: steps that share what the two passes have in common give the losses of the one that does not.
func TestSharedPrefixTrainsAlike(t *testing.T) {
	splits, s := syntheticSplits(), runs.Defaults()
	s.FullPass, s.Batch, s.LambdaGL = true, 32, 1e-4
	losses := func(firsts []int) (all []float64, compiled int) {
		r, err := open(testkit.Backend(t), "", s, splits, Options{}, s.Start)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		alive, sampled := ranks32(r.Network), make([]int32, len(r.Network.Layers))
		for i := range 24 {
			r.sampler.Draw(sampled)
			if _, err := r.machine.stepFor(sampled, alive); err != nil {
				t.Fatal(err)
			}
			if firsts != nil {
				r.machine.firsts = firsts
			}
			loss, err := r.machine.step(data.EpochOrder(64, 1, i)[:32], sampled, alive, stepAt{number: i + 1, rate: s.LR})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, loss)
		}
		return all, len(r.machine.train)
	}
	shared, compiled := losses(nil)
	if compiled < 2 {
		t.Fatalf("%d step was compiled: nothing was shared", compiled)
	}
	apart, _ := losses([]int{0})
	for i := range apart {
		if !(math.Abs(apart[i]-shared[i]) <= 1e-3*(1+apart[i])) {
			t.Errorf("step %d: loss %g, with a shared prefix %g", i+1, apart[i], shared[i])
		}
	}
}

// syntheticSplits are 64 images of the size of MNIST's.
func syntheticSplits() *data.Splits {
	set := data.Set{Images: make([]byte, 64*784), Labels: make([]int32, 64), Height: 28, Width: 28, Channels: 1, Classes: 10}
	for i := range set.Images {
		set.Images[i] = byte(i * i % 251)
	}
	for i := range set.Labels {
		set.Labels[i] = int32(i % 10)
	}
	return &data.Splits{Train: set, Validation: set, Test: set, Mean: []float64{0.5}, Std: []float64{0.3}}
}
