package lod

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// convolve is a k×k convolution of x [batch, height, width, channels] with kernel [k, k, channels, outputs]. On a CPU,
// XLA's own is slow for few channels, and its gradient by x slower still; there a product over blocks of columns takes its
// place where the shapes allow: LeNet's two take 3.6 ms forwards and backwards at batch 128 in place of 8.2. On maps of up
// to 2×2, VGG-19's last, it is ten to thirty times as slow as one product over all patches (BenchmarkConvolve).
func convolve(x, kernel *Node, stride, padding int) *Node {
	if stride == 1 && padding == 0 && onCPU(x.Graph()) && fitsBlocks(x.Shape(), kernel.Shape()) {
		return convolveBlocks(x, kernel)
	}
	if height, width := outSize(x, kernel, stride, padding); max(height, width) <= fewPositions && onCPU(x.Graph()) {
		return convolvePatches(x, kernel, stride, padding)
	}
	return convolveXLA(x, kernel, stride, padding)
}

// outSize is the height and width of a convolution's result.
func outSize(x, kernel *Node, stride, padding int) (height, width int) {
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

// fewPositions is up to which height and width of the result the product over patches was measured to be the faster one.
const fewPositions = 2

// fewChannels is up to how many outputs the blocked product was measured to be the faster one.
const fewChannels = 32

func fitsBlocks(x, kernel shapes.Shape) bool {
	k, block := kernel.Dim(0), kernel.Dim(0)-1
	return k > 1 && kernel.Dim(1) == k && x.Dim(2)%block == 0 && x.Dim(2) > block && kernel.Dim(3) <= fewChannels
}

// convolveBlocks computes k−1 neighbouring outputs of a row at a time. Their windows lie within two blocks of k−1 input
// columns, so the patches are cut out with 2k slices in place of k², and the product has a k−1 times wider result. The
// price is a matrix that holds the kernel once for every output of a block, shifted, with zeros around it.
func convolveBlocks(x, kernel *Node) *Node {
	batch, height, width, channels := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	k, outputs := kernel.Shape().Dim(0), kernel.Shape().Dim(3)
	block := k - 1
	rows, blocks := height-k+1, width/block-1

	x = once(x)
	grouped := Reshape(x, batch, height, width/block, block*channels)
	var windows []*Node
	for row := range k {
		for side := range 2 {
			windows = append(windows, Slice(grouped, AxisRange(), AxisRange(row, row+rows), AxisRange(side, side+blocks), AxisRange()))
		}
	}
	patches := Concatenate(windows, 3) // [batch, rows, blocks, k·2·block·channels]

	var shifted []*Node
	for column := range block {
		var parts []*Node
		zeros := func(columns int) {
			if columns > 0 {
				parts = append(parts, Zeros(x.Graph(), shapes.Make(kernel.DType(), k, columns, channels, outputs)))
			}
		}
		zeros(column)
		parts = append(parts, kernel)
		zeros(2*block - k - column)
		shifted = append(shifted, Reshape(Concatenate(parts, 1), k*2*block*channels, 1, outputs))
	}
	matrix := Reshape(Concatenate(shifted, 1), k*2*block*channels, block*outputs)
	return Reshape(Einsum("bhnk,km->bhnm", patches, matrix), batch, rows, blocks*block, outputs)
}
