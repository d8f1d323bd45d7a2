package lod

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// flattened is the form [height, width, channels] of the images that x [batch, inputs] was reshaped from, with at
// most conversions and other ops on single numbers after that; zero if it was not. Images that were put channels
// first before have PyTorch's order already.
func flattened(x *Node) [3]int {
	for len(x.Inputs()) == 1 {
		from := x.Inputs()[0]
		dims := from.Shape().Dimensions
		switch {
		case slices.Equal(dims, x.Shape().Dimensions):
			x = from
			continue
		case x.Type() == NodeTypeReshape && len(dims) == 4 && dims[0] == x.Shape().Dim(0) &&
			from.Type() != NodeTypeTranspose:
			return [3]int(dims[1:])
		}
		return [3]int{}
	}
	return [3]int{}
}
