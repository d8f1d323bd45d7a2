package models

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// relu has gradient 0 at 0, as in PyTorch; Max(x, 0) would have 1 there.
func relu(x *Node) *Node {
	return Where(GreaterThan(x, ZerosLike(x)), x, ZerosLike(x))
}

// maxPool2 is the maximum over 2×2 squares of x [batch, height, width, channels] (even sizes), as a chain of Max over
// strided slices. ReduceMax would send the whole gradient to every one of several equal entries, and images have many.
func maxPool2(x *Node) *Node {
	at := func(row, column int) *Node {
		return Slice(x, AxisRange(), AxisRange(row).Stride(2), AxisRange(column).Stride(2), AxisRange())
	}
	return Max(Max(at(0, 0), at(0, 1)), Max(at(1, 0), at(1, 1)))
}
