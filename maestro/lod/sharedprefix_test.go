package lod_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// TestPassFrom: a pass that takes the first layers over from another gives what one by itself gives, and so do the
// gradients of all weights, wherever it starts.
func TestPassFrom(t *testing.T) {
	backend := testkit.Backend(t)
	n := lenet(t, backend, 4, lod.InitSVD)
	rng := rand.New(rand.NewPCG(5, 5))
	x := tensors.FromShape(shapes.Make(dtypes.Float32, 4, 28, 28, 1))
	tensors.MustMutableFlatData(x, func(flat []float32) {
		for i := range flat {
			flat[i] = float32(rng.NormFloat64())
		}
	})
	for first := range n.Layers {
		exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			x, alive, sampled := in[0], in[1], in[2]
			var weights []*graph.Node
			for v := range n.Store().IterVariables() {
				weights = append(weights, v.NodeValue(x))
			}
			loss := func(second func(*lod.Pass) *lod.Pass) *graph.Node {
				pass := n.Pass(alive)
				full := n.Model(pass, x)
				return graph.Add(graph.ReduceAllSum(graph.Sin(full)),
					graph.ReduceAllSum(graph.Cos(n.Model(second(pass), x))))
			}
			apart := loss(func(*lod.Pass) *lod.Pass { return n.Pass(sampled) })
			shared := loss(func(other *lod.Pass) *lod.Pass { return n.PassFrom(first, other, sampled) })
			out := []*graph.Node{apart, shared}
			a, s := graph.Gradient(apart, weights...), graph.Gradient(shared, weights...)
			for i := range a {
				out = append(out, graph.ReduceAllMax(graph.Abs(graph.Sub(a[i], s[i]))),
					graph.ReduceAllMax(graph.Abs(a[i])))
			}
			return out
		})
		if err != nil {
			t.Fatal(err)
		}
		alive := []int32{6, 16, 100, 84, 10}
		sampled := slices.Clone(alive)
		sampled[first] /= 2
		out, err := exec.Exec(x, alive, sampled)
		exec.Finalize()
		if err != nil {
			t.Fatal(err)
		}
		value := func(i int) float64 { return float64(tensors.ToScalar[float32](out[i])) }
		if d := value(0) - value(1); d > 1e-4 || d < -1e-4 {
			t.Errorf("from layer %d on: %g apart, %g shared", first, value(0), value(1))
		}
		for i := 2; i < len(out); i += 2 {
			if value(i) > 1e-4*(1+value(i+1)) {
				t.Errorf("from layer %d on: a gradient of at most %g differs by %g", first, value(i+1), value(i))
			}
		}
	}
}

// TestPrefixes: LeNet's two convolutions take six sevenths of its work and hold a tenth of its ranks, so steps from the
// first and the second dense layer on are worth it, and one more is not.
func TestPrefixes(t *testing.T) {
	n := lenet(t, testkit.Backend(t), 4, lod.InitSVD)
	if got := lod.Prefixes(n.Layers, 4); !slices.Equal(got, []int{0, 2, 3}) {
		t.Errorf("prefixes of LeNet: %v", got)
	}
	if got := lod.Prefixes(n.Layers, 1); !slices.Equal(got, []int{0}) {
		t.Errorf("at most one prefix: %v", got)
	}
	for layer, want := range []int{0, 0, 2, 2, 2, 2} {
		if got := lod.LastPrefix([]int{0, 2}, layer); got != want {
			t.Errorf("layer %d belongs to the step from %d on, want %d", layer, got, want)
		}
	}
}
