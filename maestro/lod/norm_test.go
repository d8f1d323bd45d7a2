package lod_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// normed is a small network with a batch norm between two layers.
func normed(p *lod.Pass, x *graph.Node) *graph.Node {
	x = p.BatchNorm("norm", p.Conv("conv", x, lod.ConvShape{Outputs: 3, Kernel: 3, Padding: 1, NoBias: true}))
	return p.Dense("head", graph.Reshape(graph.Sin(x), x.Shape().Dim(0), -1), 2)
}

// TestBatchNormGathers: averaged over batches, the statistics are the mean of the batches' means and of their unbiased
// variances, a second recalibration forgets the first, and a network normalised by them gives what the formula does.
func TestBatchNormGathers(t *testing.T) {
	backend := testkit.Backend(t)
	const batch, batches, size, channels = 4, 3, 5, 2
	n, err := lod.NewNetwork(backend, normed, shapes.Make(dtypes.Float32, batch, size, size, channels),
		lod.Init{Kind: lod.InitSVD, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !n.HasBatchNorms() {
		t.Fatal("the network says it has no batch norm")
	}
	rng := rand.New(rand.NewPCG(8, 8))
	inputs := make([]*tensors.Tensor, batches)
	for i := range inputs {
		inputs[i] = tensors.FromShape(shapes.Make(dtypes.Float32, batch, size, size, channels))
		tensors.MustMutableFlatData(inputs[i], func(flat []float32) {
			for j := range flat {
				flat[j] = float32(i) + float32(rng.NormFloat64())
			}
		})
	}
	recalibrate, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) {
		n.Model(n.Pass(nil).Recalibrate(in[1]), in[0])
	})
	if err != nil {
		t.Fatal(err)
	}
	// What the norm gets, and the network's answer in evaluation mode.
	var before *graph.Node
	watch, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		p := n.Pass(nil).Eval()
		before = p.Conv("conv", in[0], lod.ConvShape{Outputs: 3, Kernel: 3, Padding: 1, NoBias: true})
		return []*graph.Node{before, p.BatchNorm("norm", before)}
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for i, x := range inputs {
			if _, err := recalibrate.Exec(x, float32(i+1)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var mean, variance [3]float64
	outputs := make([][]*tensors.Tensor, batches)
	for i, x := range inputs {
		if outputs[i], err = watch.Exec(x); err != nil {
			t.Fatal(err)
		}
		flat := tensors.MustCopyFlatData[float32](outputs[i][0])
		count := float64(len(flat) / 3)
		for c := range 3 {
			var sum, squares float64
			for j := c; j < len(flat); j += 3 {
				sum += float64(flat[j])
				squares += float64(flat[j]) * float64(flat[j])
			}
			m := sum / count
			mean[c] += m / batches
			variance[c] += (squares - count*m*m) / (count - 1) / batches
		}
	}
	for i := range inputs {
		in, out := tensors.MustCopyFlatData[float32](outputs[i][0]), tensors.MustCopyFlatData[float32](outputs[i][1])
		for j := range in {
			want := (float64(in[j]) - mean[j%3]) / math.Sqrt(variance[j%3]+1e-5)
			if math.Abs(float64(out[j])-want) > 1e-4 {
				t.Fatalf("batch %d, entry %d: %g, want %g", i, j, out[j], want)
			}
		}
	}
}

// TestBatchNormGradients checks the gradients through a batch norm in training against central differences.
func TestBatchNormGradients(t *testing.T) {
	backend := testkit.Backend(t)
	n, err := lod.NewNetwork(backend, normed, shapes.Make(dtypes.Float32, 4, 5, 5, 2),
		lod.Init{Kind: lod.InitSVD, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	x := tensors.FromShape(shapes.Make(dtypes.Float32, 4, 5, 5, 2))
	rng := rand.New(rand.NewPCG(9, 9))
	tensors.MustMutableFlatData(x, func(flat []float32) {
		for j := range flat {
			flat[j] = float32(rng.NormFloat64())
		}
	})
	exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		loss := graph.ReduceAllSum(graph.Sin(n.Model(n.Pass(nil), in[0])))
		return append([]*graph.Node{loss}, graph.Gradient(loss, in[0])...)
	})
	if err != nil {
		t.Fatal(err)
	}
	run := func(x *tensors.Tensor) (float64, []float32) {
		out, err := exec.Exec(x)
		if err != nil {
			t.Fatal(err)
		}
		return float64(tensors.ToScalar[float32](out[0])), tensors.MustCopyFlatData[float32](out[1])
	}
	_, gradient := run(x)
	flat := tensors.MustCopyFlatData[float32](x)
	for range 20 {
		i := rng.IntN(len(flat))
		probe := func(h float32) float64 {
			moved := append([]float32(nil), flat...)
			moved[i] += h
			loss, _ := run(tensors.FromFlatDataAndDimensions(moved, x.Shape().Dimensions...))
			return loss
		}
		want := (probe(1e-2) - probe(-1e-2)) / 2e-2
		if math.Abs(float64(gradient[i])-want) > 2e-3 {
			t.Errorf("entry %d: gradient %g, central difference %g", i, gradient[i], want)
		}
	}
}
