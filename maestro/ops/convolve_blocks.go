package ops

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// fewOutputs is up to how many output channels the product over blocks is the fastest way.
const fewOutputs = 32

func fitsBlocks(x, kernel shapes.Shape) bool {
	k, block := kernel.Dim(0), kernel.Dim(0)-1
	return k > 1 && kernel.Dim(1) == k && x.Dim(2)%block == 0 && x.Dim(2) > block && kernel.Dim(3) <= fewOutputs
}

// convolveBlocks computes k−1 neighbouring outputs of a row at a time. Their windows lie within two blocks of k−1 input
// columns, so the patches are cut out with 2k slices in place of k², and the product has a k−1 times wider result. The
// price is a matrix that holds the kernel once for every output of a block, shifted, with zeros around it.
func convolveBlocks(x, kernel *Node) *Node {
	batch, height, width, channels := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	k, outputs := kernel.Shape().Dim(0), kernel.Shape().Dim(3)
	block := k - 1
	rows, blocks := height-k+1, width/block-1

	x = Materialise(x)
	grouped := Reshape(x, batch, height, width/block, block*channels)
	var windows []*Node
	for row := range k {
		for side := range 2 {
			windows = append(windows, Slice(grouped, AxisRange(), AxisRange(row, row+rows),
				AxisRange(side, side+blocks), AxisRange()))
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
