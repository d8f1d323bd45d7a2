package lod_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
)

// leNetAndOutput is a LeNet and a function that runs it as it is on fixed images.
func leNetAndOutput(t *testing.T, initial lod.Init) (*lod.Network, func() []float32) {
	t.Helper()
	backend := testkit.Backend(t)
	input := shapes.Make(dtypes.Float32, 3, 28, 28, 1)
	n, err := lod.NewNetwork(backend, models.LeNet(10), input, initial)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, input.Size())
	for i := range x {
		x[i] = float32(math.Sin(float64(i)))
	}
	return n, func() []float32 {
		t.Helper()
		exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{n.Model(n.Pass(nil), in[0])}
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		out, err := exec.Exec(tensors.FromFlatDataAndDimensions(x, input.Dimensions...))
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](out[0])
	}
}

func largestDifference(a, b []float32) (d float64) {
	for i := range a {
		d = max(d, math.Abs(float64(a[i]-b[i])))
	}
	return d
}

// TestFormsOfALayer: a network computes the same with a layer in two factors, merged into one matrix, or factorised
// again at its full rank.
func TestFormsOfALayer(t *testing.T) {
	n, output := leNetAndOutput(t, lod.Init{Kind: lod.InitRandom, Seed: 4})
	if err := n.Truncate([]int{4, 9, 30, 0, 7}); err != nil {
		t.Fatal(err)
	}
	want := output()
	for i, l := range n.Layers {
		if err := n.Merge(i); err != nil {
			t.Fatal(err)
		}
		if d := largestDifference(want, output()); d > 1e-5 {
			t.Errorf("with %s merged the outputs differ by %g", l.Name, d)
		}
		if cost := n.Layers[i].Factored(); cost != n.Layers[i].Whole() {
			t.Errorf("%s is one matrix, but costs %v", l.Name, cost)
		}
	}
	for i, l := range n.Layers {
		if err := n.Factorise(i, l.Full()); err != nil {
			t.Fatal(err)
		}
		if d := largestDifference(want, output()); d > 1e-5 {
			t.Errorf("with %s factorised again the outputs differ by %g", l.Name, d)
		}
	}
}

// TestFactoriseIsNearest: the product of the factors is as far from the matrix as the singular values left out are
// large (Eckart and Young), and the factors' columns have equal norms.
func TestFactoriseIsNearest(t *testing.T) {
	for _, kind := range []lod.Init{{Kind: lod.InitRandom, Seed: 2}, {WholeFirst: math.MaxInt, Seed: 2}} {
		n, _ := leNetAndOutput(t, kind)
		for i, rank := range []int{3, 5, 20} {
			before, err := n.Weight(i)
			if err != nil {
				t.Fatal(err)
			}
			if err := n.Factorise(i, rank); err != nil {
				t.Fatal(err)
			}
			after, err := n.Weight(i)
			if err != nil {
				t.Fatal(err)
			}
			var svd mat.SVD
			svd.Factorize(before, mat.SVDNone)
			left := 0.0
			for _, s := range svd.Values(nil)[rank:] {
				left += s * s
			}
			before.Sub(before, after)
			if got, want := mat.Norm(before, 2), math.Sqrt(left); math.Abs(got-want) > 1e-4*want {
				t.Errorf("%s at rank %d is %g from the matrix, the nearest is %g", n.Layers[i].Name, rank, got, want)
			}
		}
	}
}

func TestFormsRefused(t *testing.T) {
	n, _ := leNetAndOutput(t, lod.Init{Kind: lod.InitRandom})
	for what, err := range map[string]error{
		"layer conv1: rank 7 is not between 1 and 6":                     n.Factorise(0, 7),
		"layer conv1: rank 0 is not between 1 and 6":                     n.Factorise(0, 0),
		"2 ranks for 5 layers":                                           n.Truncate([]int{1, 2}),
		"layer fc1: rank 121 is not between 0 and its current rank, 120": n.Truncate([]int{6, 16, 121, 84, 10}),
	} {
		if err == nil || err.Error() != what {
			t.Errorf("error %v, want %q", err, what)
		}
	}
}
