package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
)

// TestWaysToConvolve: each way of computing a convolution gives what XLA's own gives (TestConvEqualsDefinition has
// that against sums over taps), its result and both gradients, in float64 to 1e-12 of the largest entry: maps that
// strides and tiles do and do not divide, higher than wide and wider than high, of one tile and of several.
func TestWaysToConvolve(t *testing.T) {
	backend := testkit.Backend(t)
	const batch, inputs, outputs = 2, 5, 7
	same := func(t *testing.T, way func(x, kernel *Node) *Node, height, width, kernel, stride, padding int) {
		rng := rand.New(rand.NewPCG(1, 2))
		random := func(dims ...int) *tensors.Tensor {
			x := tensors.FromShape(shapes.Make(dtypes.Float64, dims...))
			tensors.MustMutableFlatData(x, func(flat []float64) {
				for i := range flat {
					flat[i] = rng.NormFloat64()
				}
			})
			return x
		}
		out := func(size int) int { return (size+2*padding-kernel)/stride + 1 }
		x, k := random(batch, height, width, inputs), random(kernel, kernel, inputs, outputs)
		weights := random(batch, out(height), out(width), outputs)
		run := func(way func(x, kernel *Node) *Node) []*tensors.Tensor {
			return MustExecOnceN(backend, func(in []*Node) []*Node {
				y := way(in[0], in[1])
				return append([]*Node{y}, Gradient(ReduceAllSum(Mul(y, in[2])), in[0], in[1])...)
			}, x, k, weights)
		}
		want := run(func(x, kernel *Node) *Node { return convolveXLA(x, kernel, stride, padding) })
		names := []string{"the result", "the gradient by x", "that by the kernel"}
		for i, got := range run(way) {
			if !got.Shape().Equal(want[i].Shape()) {
				t.Fatalf("%s is %s, want %s", names[i], got.Shape(), want[i].Shape())
			}
			w, worst, largest := tensors.MustCopyFlatData[float64](want[i]), 0.0, 0.0
			for j, g := range tensors.MustCopyFlatData[float64](got) {
				worst, largest = max(worst, math.Abs(g-w[j])), max(largest, math.Abs(w[j]))
			}
			if !(worst <= 1e-12*largest) {
				t.Errorf("%s is up to %g off, of %g", names[i], worst, largest)
			}
		}
	}
	for m, w := range map[int]winograd{2: winograd2(), 4: winograd4()} {
		for _, size := range [][2]int{{4, 8}, {8, 4}, {12, 16}} {
			t.Run(fmt.Sprintf("winograd, %d of %d×%d", m, size[0], size[1]), func(t *testing.T) {
				same(t, w.convolve, size[0], size[1], 3, 1, 1)
			})
		}
	}
	for _, c := range []struct{ height, width, kernel, stride, padding int }{
		{8, 12, 3, 2, 1}, {7, 9, 3, 2, 1}, {8, 6, 1, 2, 0}, {7, 5, 1, 2, 0}, {5, 4, 1, 1, 0},
		{6, 5, 3, 1, 1}, {2, 2, 3, 1, 1}, {1, 1, 3, 1, 1},
		{2, 2, 3, 2, 1}, {9, 11, 5, 1, 0}, {11, 9, 5, 3, 2}, {16, 14, 7, 2, 3}, {8, 8, 1, 3, 0},
	} {
		name := fmt.Sprintf("patches, %d×%d, kernel %d, stride %d, padding %d", c.height, c.width, c.kernel, c.stride,
			c.padding)
		t.Run(name, func(t *testing.T) {
			way := func(x, kernel *Node) *Node { return convolvePatches(x, kernel, c.stride, c.padding) }
			same(t, way, c.height, c.width, c.kernel, c.stride, c.padding)
		})
	}
	for _, width := range []int{8, 12} {
		t.Run(fmt.Sprintf("blocks, 9×%d", width), func(t *testing.T) { same(t, convolveBlocks, 9, width, 5, 1, 0) })
	}
}

// TestWinogradFor: ResNet-18's 3×3 convolutions of stride 1 all are by minimal filtering at batch 32, and where it
// would not pay or not fit, none is.
func TestWinogradFor(t *testing.T) {
	for _, c := range []struct {
		batch, size, inputs, kernel, stride, padding int
		dtype                                        dtypes.DType
		m                                            int // 0: another way
	}{
		{32, 32, 64, 3, 1, 1, dtypes.Float32, 4}, {32, 16, 128, 3, 1, 1, dtypes.Float32, 4},
		{32, 8, 256, 3, 1, 1, dtypes.Float32, 4},
		{32, 4, 512, 3, 1, 1, dtypes.Float32, 2}, {32, 6, 256, 3, 1, 1, dtypes.Float32, 2},
		{32, 32, 3, 3, 1, 1, dtypes.Float32, 0}, {32, 32, 64, 3, 2, 1, dtypes.Float32, 0},
		{32, 32, 64, 3, 1, 0, dtypes.Float32, 0},
		{32, 32, 64, 1, 1, 1, dtypes.Float32, 0}, {32, 32, 64, 5, 1, 1, dtypes.Float32, 0},
		{32, 7, 64, 3, 1, 1, dtypes.Float32, 0},
		{1, 8, 256, 3, 1, 1, dtypes.Float32, 0}, {128, 2, 512, 3, 1, 1, dtypes.Float32, 0},
		{32, 32, 64, 3, 1, 1, dtypes.BFloat16, 0},
	} {
		g := NewGraph(testkit.Backend(t), "")
		x := Parameter(g, "x", shapes.Make(c.dtype, c.batch, c.size, c.size, c.inputs))
		kernel := Parameter(g, "kernel", shapes.Make(c.dtype, c.kernel, c.kernel, c.inputs, 16))
		m := 0
		if w, ok := winogradFor(x, kernel, c.stride, c.padding); ok {
			m = w.m()
		}
		if m != c.m {
			t.Errorf("%+v: tiles of %d", c, m)
		}
		g.Finalize()
	}
}
