package lod

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// withGradient is y, whose gradients by the inputs are what `back` makes of the gradient by y, in the inputs' order, and
// not what would be derived from how y was computed: y must be made of the inputs behind StopGradient.
func withGradient(y *Node, inputs []*Node, back func(g *Node) []*Node) *Node {
	var gradients []*Node // set when the gradient passes y, so before it reaches an input
	var route *Node       // from y to the inputs, for the gradient alone to go
	for i, input := range inputs {
		input = IdentityWithCustomGradient(input, func(_, _ *Node) *Node { return gradients[i] })
		axes := make([]SliceAxisSpec, input.Rank())
		for axis := range axes {
			axes[axis] = AxisElem(0)
		}
		entry := Reshape(Slice(input, axes...))
		if route == nil {
			route = entry
		} else {
			route = Add(route, entry)
		}
	}
	// XLA sees that the condition is never true and drops what it would choose.
	never := ConvertDType(ScalarZero(y.Graph(), dtypes.Int32), dtypes.Bool)
	like := func(scalar *Node) *Node { return BroadcastToDims(scalar, y.Shape().Dimensions...) }
	y = Where(like(never), like(route), y)
	return IdentityWithCustomGradient(y, func(_, g *Node) *Node {
		gradients = back(g)
		return g
	})
}
