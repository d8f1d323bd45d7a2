package lod

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
)

// BenchmarkConvolve is a convolution forwards and backwards at batch 32, each way that there is, in the shapes of ResNet-18
// and of its factors: what the choice in convolve is made from.
func BenchmarkConvolve(b *testing.B) {
	backend := testkit.Backend(b)
	for _, c := range []struct{ size, inputs, outputs, kernel, stride int }{
		{32, 3, 64, 3, 1}, {32, 64, 64, 3, 1}, {32, 64, 16, 3, 1}, {32, 64, 128, 3, 2}, {32, 64, 128, 1, 2},
		{16, 128, 128, 3, 1}, {16, 128, 32, 3, 1}, {16, 128, 256, 3, 2}, {8, 256, 256, 3, 1}, {8, 256, 64, 3, 1},
		{8, 256, 512, 3, 2}, {4, 512, 512, 3, 1}, {4, 512, 128, 3, 1}, {2, 512, 512, 3, 1},
	} {
		padding := (c.kernel - 1) / 2
		ways := map[string]func(x, kernel *Node) *Node{
			"xla":     func(x, kernel *Node) *Node { return convolveXLA(x, kernel, c.stride, padding) },
			"patches": func(x, kernel *Node) *Node { return convolvePatches(x, kernel, c.stride, padding) },
		}
		if c.stride == 1 && c.size%4 == 0 {
			ways["winograd2"] = func(x, kernel *Node) *Node { return winograd2().convolve(x, kernel) }
			ways["winograd4"] = func(x, kernel *Node) *Node { return winograd4().convolve(x, kernel) }
		}
		for name, way := range ways {
			b.Run(fmt.Sprintf("%dx%dx%d-%d-k%d-s%d/%s", c.size, c.size, c.inputs, c.outputs, c.kernel, c.stride, name), func(b *testing.B) {
				exec := MustNewExec(backend, func(x, kernel *Node) []*Node {
					// The input is computed, as in a network, and so has a gradient that is used.
					x = Tanh(x)
					y := way(x, kernel)
					return append([]*Node{}, Gradient(ReduceAllSum(Square(y)), x, kernel)...)
				})
				defer exec.Finalize()
				x := tensors.FromShape(shapes.Make(dtypes.Float32, 32, c.size, c.size, c.inputs))
				kernel := tensors.FromShape(shapes.Make(dtypes.Float32, c.kernel, c.kernel, c.inputs, c.outputs))
				run := func() {
					for _, out := range exec.MustExec(x, kernel) {
						_ = out.FinalizeAll()
					}
				}
				run()
				b.ResetTimer()
				for b.Loop() {
					run()
				}
			})
		}
	}
}
