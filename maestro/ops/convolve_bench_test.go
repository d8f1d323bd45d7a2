package ops

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
)

// BenchmarkConv2D is a convolution forwards and backwards, each way that there is: what the choice in Conv2D is made
// from. The shapes are those of ResNet-18 and of its factors at batch 32, and of LeNet at batch 128.
func BenchmarkConv2D(b *testing.B) {
	backend := testkit.Backend(b)
	for _, c := range []struct{ batch, size, inputs, outputs, kernel, stride, padding int }{
		{32, 32, 3, 64, 3, 1, 1}, {32, 32, 64, 64, 3, 1, 1}, {32, 32, 64, 16, 3, 1, 1}, {32, 32, 64, 128, 3, 2, 1},
		{32, 32, 64, 128, 1, 2, 0},
		{32, 16, 128, 128, 3, 1, 1}, {32, 16, 128, 32, 3, 1, 1}, {32, 16, 128, 256, 3, 2, 1},
		{32, 8, 256, 256, 3, 1, 1},
		{32, 8, 256, 64, 3, 1, 1}, {32, 8, 256, 512, 3, 2, 1}, {32, 4, 512, 512, 3, 1, 1},
		{32, 4, 512, 128, 3, 1, 1}, {32, 2, 512, 512, 3, 1, 1},
		{128, 28, 1, 6, 5, 1, 0}, {128, 12, 6, 16, 5, 1, 0},
	} {
		ways := map[string]func(x, kernel *Node) *Node{
			"xla":     func(x, kernel *Node) *Node { return convolveXLA(x, kernel, c.stride, c.padding) },
			"patches": func(x, kernel *Node) *Node { return convolvePatches(x, kernel, c.stride, c.padding) },
		}
		if c.kernel == 3 && c.stride == 1 && c.padding == 1 && c.size%4 == 0 {
			ways["winograd2"] = func(x, kernel *Node) *Node { return winograd2().convolve(x, kernel) }
			ways["winograd4"] = func(x, kernel *Node) *Node { return winograd4().convolve(x, kernel) }
		}
		if c.stride == 1 && c.padding == 0 {
			ways["blocks"] = convolveBlocks
		}
		for name, way := range ways {
			shape := fmt.Sprintf("%dx%dx%dx%d-%d-k%d-s%d", c.batch, c.size, c.size, c.inputs, c.outputs, c.kernel,
				c.stride)
			b.Run(shape+"/"+name, func(b *testing.B) {
				exec := MustNewExec(backend, func(x, kernel *Node) []*Node {
					// The input is computed, as in a network, and so has a gradient that is used.
					x = Tanh(x)
					y := way(x, kernel)
					return append([]*Node{}, Gradient(ReduceAllSum(Square(y)), x, kernel)...)
				})
				defer exec.Finalize()
				x := tensors.FromShape(shapes.Make(dtypes.Float32, c.batch, c.size, c.size, c.inputs))
				kernel := tensors.FromShape(shapes.Make(dtypes.Float32, c.kernel, c.kernel, c.inputs, c.outputs))
				run := func() {
					for _, out := range exec.MustCall(x, kernel) {
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
