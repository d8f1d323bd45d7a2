package ops

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// WithVJP returns y with a vector-Jacobian product of its own: vjp is given the gradient by y and returns the
// gradients by the inputs, in their order, each of its input's shape. Nothing is derived from how y was computed, so
// y must reach the inputs only through StopGradient.
//
// GoMLX (as of v0.28.8) lets only an identity have a gradient of its own, IdentityWithCustomGradient, so y and every
// input get one. Its reverse pass visits a node after all those that use it: y's identity, which computes the
// gradients, before the inputs', which hand them on. A route from y to the inputs that is never taken makes it go
// there at all.
func WithVJP(y *Node, inputs []*Node, vjp func(gradient *Node) []*Node) *Node {
	var gradients []*Node
	var route *Node
	for i, input := range inputs {
		input = IdentityWithCustomGradient(input, func(_, _ *Node) *Node {
			if gradients == nil {
				exceptions.Panicf("ops.WithVJP: the gradient came to input %d before it came to the result: "+
					"GoMLX's reverse pass no longer visits a node after all those that use it", i)
			}
			return gradients[i]
		})
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
		gradients = vjp(g)
		if len(gradients) != len(inputs) {
			exceptions.Panicf("ops.WithVJP: %d gradients for %d inputs", len(gradients), len(inputs))
		}
		return g
	})
}
