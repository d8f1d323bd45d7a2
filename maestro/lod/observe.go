package lod

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Observe has the pass show what goes into each layer, as rows [applications, inputs]: of a convolution the parts of
// the images that its kernel covers, with its rows, columns and channels in this order, as Weight has them.
func (p *Pass) Observe(see func(layer int, rows *Node)) *Pass {
	p.observe = see
	return p
}

// covered are the parts of x [batch, height, width, channels] that a k×k kernel covers, [places, k·k·channels].
func covered(x *Node, kernel, stride, padding int) *Node {
	if padding > 0 {
		x = Pad(x, ScalarZero(x.Graph(), x.DType()), PadAxis{}, PadAxis{Start: padding, End: padding},
			PadAxis{Start: padding, End: padding}, PadAxis{})
	}
	height, width := (x.Shape().Dim(1)-kernel)/stride+1, (x.Shape().Dim(2)-kernel)/stride+1
	var parts []*Node
	for row := range kernel {
		for column := range kernel {
			parts = append(parts, Slice(x, AxisRange(), AxisRange(row, row+(height-1)*stride+1).Stride(stride),
				AxisRange(column, column+(width-1)*stride+1).Stride(stride), AxisRange()))
		}
	}
	all := Concatenate(parts, -1)
	return Reshape(all, -1, all.Shape().Dim(3))
}
