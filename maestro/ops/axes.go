package ops

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// Images are cut into tiles, and put together again, along one axis at a time: XLA makes one loop over memory of each
// such cut with all that is computed from it. Gradients do not go through these cuts; those given to WithVJP do their
// adjoints.

// sliceAxis slices one axis.
func sliceAxis(x *Node, axis int, spec SliceAxisSpec) *Node {
	axes := make([]SliceAxisSpec, x.Rank())
	for i := range axes {
		axes[i] = AxisRange()
	}
	axes[axis] = spec
	return Slice(x, axes...)
}

// cropOrPad is `count` entries of an axis from `from` on; beyond x they are zero.
func cropOrPad(x *Node, axis, from, count int) *Node {
	size := x.Shape().Dim(axis)
	zeros := func(n int) *Node {
		shape := x.Shape().Clone()
		shape.Dimensions[axis] = n
		return Zeros(x.Graph(), shape)
	}
	first, last := min(max(from, 0), size), min(max(from+count, 0), size)
	if first >= last {
		return zeros(count)
	}
	var parts []*Node
	if first > from {
		parts = append(parts, zeros(first-from))
	}
	if first > 0 || last < size {
		parts = append(parts, sliceAxis(x, axis, AxisRange(first, last)))
	} else {
		parts = append(parts, x)
	}
	if rest := from + count - last; rest > 0 {
		parts = append(parts, zeros(rest))
	}
	return concat(parts, axis)
}

// concat is Concatenate, which takes no single part.
func concat(parts []*Node, axis int) *Node {
	if len(parts) == 1 {
		return parts[0]
	}
	return Concatenate(parts, axis)
}

// phases are the polyphase components of an axis: the entries r, r+n, r+2n, … for each r below n, which divides its
// size.
func phases(x *Node, axis, n int) []*Node {
	of := make([]*Node, n)
	for r := range of {
		of[r] = sliceAxis(x, axis, AxisRange(r, x.Shape().Dim(axis)-n+r+1).Stride(n))
	}
	return of
}

// interleave is the reverse of phases.
func interleave(phases []*Node, axis int) *Node {
	expanded := make([]*Node, len(phases))
	for i, phase := range phases {
		expanded[i] = ExpandDims(phase, axis+1)
	}
	return flatten(barrier(Concatenate(expanded, axis+1)), axis)
}

// flatten makes one axis of an axis and the next.
func flatten(x *Node, axis int) *Node {
	dims := slices.Clone(x.Shape().Dimensions)
	dims[axis] *= dims[axis+1]
	return Reshape(x, slices.Delete(dims, axis+1, axis+2)...)
}

// unstack is the entries of an axis, without it.
func unstack(x *Node, axis int) []*Node {
	parts := make([]*Node, x.Shape().Dim(axis))
	for i := range parts {
		parts[i] = Squeeze(sliceAxis(x, axis, AxisElem(i)), axis)
	}
	return parts
}
