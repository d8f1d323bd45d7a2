package ops

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Conv2D is a k×k convolution of x [batch, height, width, channels] with kernel [k, k, channels, outputs], with
// `padding` zeros on each side, in the way that takes the least time. On a CPU, XLA's own convolution is seldom that.
// The limits below were chosen from BenchmarkConv2D, which has every way in the shapes of LeNet and ResNet-18,
// forwards and backwards (docs/measurements.md). A deployed network takes XLA's convolution wherever that is not many
// times slower: on single examples it is the faster one, and it is what other runtimes do.
func Conv2D(x, kernel *Node, stride, padding int, deployed bool) *Node {
	height, width := OutputSize(x, kernel, stride, padding)
	switch {
	case !onCPU(x.Graph()):
		return convolveXLA(x, kernel, stride, padding)
	case stride == 1 && padding == 0 && fitsBlocks(x.Shape(), kernel.Shape()):
		return convolveBlocks(x, kernel)
	case max(height, width) <= fewPositions:
		return convolvePatches(x, kernel, stride, padding)
	case deployed:
		return convolveXLA(x, kernel, stride, padding)
	}
	if w, ok := winogradFor(x, kernel, stride, padding); ok {
		return w.convolve(x, kernel)
	}
	if k := kernel.Shape(); k.Dim(0) == 1 || stride > 1 || k.Dim(2) <= fewInputs {
		return convolvePatches(x, kernel, stride, padding)
	}
	return convolveXLA(x, kernel, stride, padding)
}

// fewInputs and fewPositions are up to how many input channels, and up to which height and width of the result, a
// product over patches is the fastest way: the first convolution of images, and the last ones of VGG-19.
const (
	fewInputs    = 8
	fewPositions = 2
)

// winogradFor chooses the tiles of minimal filtering where that is the fastest way: with enough channels that the
// products outweigh cutting the tiles, and enough positions that they outweigh transforming the kernel. 4×4 maps take
// the smaller tiles, because there the kernel weighs more than the image. bfloat16 takes none: its few digits would
// be lost in the sums.
func winogradFor(x, kernel *Node, stride, padding int) (winograd, bool) {
	const inputs, positions = 32, 512
	image, k := x.Shape(), kernel.Shape()
	height, width := image.Dim(1), image.Dim(2)
	fits := k.Dim(0) == 3 && k.Dim(1) == 3 && stride == 1 && padding == 1 && image.DType != dtypes.BFloat16
	if fits && k.Dim(2) >= inputs && image.Dim(0)*height*width >= positions {
		for _, w := range []winograd{winograd4(), winograd2()} {
			if m := w.m(); height%m == 0 && width%m == 0 && min(height, width) > m {
				return w, true
			}
		}
	}
	return winograd{}, false
}

// OutputSize is the height and width of a convolution's result.
func OutputSize(x, kernel *Node, stride, padding int) (height, width int) {
	size := func(axis int) int { return (x.Shape().Dim(axis+1)+2*padding-kernel.Shape().Dim(axis))/stride + 1 }
	return size(0), size(1)
}

func convolveXLA(x, kernel *Node, stride, padding int) *Node {
	pad := [2]int{padding, padding}
	return Convolve(x, kernel).Strides(stride).PaddingPerDim([][2]int{pad, pad}).Done()
}

func onCPU(g *Graph) bool {
	xla, ok := g.Backend().(interface{ IsCPU() bool })
	return ok && xla.IsCPU()
}
