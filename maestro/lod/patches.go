package lod

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// convolvePatches is a convolution as one product: the inputs of each output laid side by side, by one slice of x for each
// of the kernel's entries. An entry that meets nothing but padding is left out.
func convolvePatches(x, kernel *Node, stride, padding int) *Node {
	k, inputs, outputs := kernel.Shape().Dim(0), kernel.Shape().Dim(2), kernel.Shape().Dim(3)
	size := [2]int{x.Shape().Dim(1), x.Shape().Dim(2)}
	var out [2]int
	out[0], out[1] = outSize(x, kernel, stride, padding)
	meets := func(axis, tap int) bool {
		for o := range out[axis] {
			if at := o*stride + tap - padding; at >= 0 && at < size[axis] {
				return true
			}
		}
		return false
	}
	for axis := range 2 {
		x = margins(x, 1+axis, padding)
	}
	var windows, entries []*Node
	for row := range k {
		for column := range k {
			if !meets(0, row) || !meets(1, column) {
				continue
			}
			at := func(tap, axis int) SliceAxisSpec {
				return AxisRange(tap, tap+(out[axis]-1)*stride+1).Stride(stride)
			}
			windows = append(windows, Slice(x, AxisRange(), at(row, 0), at(column, 1), AxisRange()))
			entries = append(entries, Reshape(Slice(kernel, AxisElem(row), AxisElem(column)), inputs, outputs))
		}
	}
	if len(windows) == 1 {
		return Einsum("bhwn,nm->bhwm", windows[0], entries[0])
	}
	return Einsum("bhwn,nm->bhwm", Concatenate(windows, 3), Concatenate(entries, 0))
}

// margins puts `width` zeros before and after x along an axis. GoMLX's Pad has no gradient.
func margins(x *Node, axis, width int) *Node {
	if width == 0 {
		return x
	}
	shape := x.Shape().Clone()
	shape.Dimensions[axis] = width
	zeros := Zeros(x.Graph(), shape)
	return Concatenate([]*Node{zeros, x, zeros}, axis)
}
