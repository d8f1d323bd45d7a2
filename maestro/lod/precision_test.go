package lod_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// TestPrecision: a smooth network with a convolution, a batch norm and dense layers gives, in bfloat16, the outputs and
// gradients of float32 up to that type's rounding: 2⁻⁹ each time, in some ten places forwards and backwards, so 0.02 of
// the norm at the most. Its variables and their gradients are float32, its outputs bfloat16; in float32 asked for by
// name they are bit for bit those of a pass that was not asked.
func TestPrecision(t *testing.T) {
	backend := testkit.Backend(t)
	smooth := func(p *lod.Pass, x *Node) *Node {
		x = p.BatchNorm("norm", p.Conv("conv", x, lod.ConvShape{Outputs: 6, Kernel: 3, Padding: 1}))
		return p.Dense("out", Tanh(p.Dense("hidden", Reshape(x, x.Shape().Dim(0), -1), 20)), 5)
	}
	input := shapes.Make(dtypes.Float32, 16, 8, 8, 2)
	n, err := lod.NewNetwork(backend, smooth, input, lod.Init{Kind: lod.InitSVD, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, input.Size())
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	var names []string
	run := func(dtype dtypes.DType) (flat [][]float32) {
		exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*Node) []*Node {
			pass := n.Pass(in[1])
			if dtype != dtypes.InvalidDType {
				pass.In(dtype)
			}
			logits := n.Model(pass, in[0])
			if dtype != dtypes.InvalidDType && logits.DType() != dtype {
				t.Errorf("the outputs are %s, want %s", logits.DType(), dtype)
			}
			out := ConvertDType(logits, dtypes.Float32)
			var weights []*Node
			names = []string{"the outputs"}
			for v := range n.Store().IterVariables() {
				if v.Trainable {
					weights, names = append(weights, v.NodeValue(out.Graph())), append(names, v.Path())
				}
			}
			return append([]*Node{out}, Gradient(ReduceAllSum(Square(out)), weights...)...)
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		results, err := exec.Exec(tensors.FromFlatDataAndDimensions(x, input.Dimensions...),
			tensors.FromFlatDataAndDimensions([]int32{4, 15, 3}, 3))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			flat = append(flat, tensors.MustCopyFlatData[float32](r))
		}
		return flat
	}
	exact, same, rounded := run(dtypes.InvalidDType), run(dtypes.Float32), run(dtypes.BFloat16)
	for i, name := range names {
		difference, norm := 0.0, 0.0
		for j, want := range exact[i] {
			if math.Float32bits(want) != math.Float32bits(same[i][j]) {
				t.Fatalf("%s in float32 asked for is %g, else %g", name, same[i][j], want)
			}
			difference += math.Pow(float64(want-rounded[i][j]), 2)
			norm += float64(want) * float64(want)
		}
		// A bias before a batch norm has no gradient but rounding.
		if d := math.Sqrt(difference / norm); name != "/model/conv/bias" && (d > 0.02 || d == 0) {
			t.Errorf("%s: bfloat16 is off by %g of the norm", name, d)
		}
	}
}
