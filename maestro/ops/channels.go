package ops

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// On a CPU, XLA's sum over all axes but the last takes one row after another on one core. A product with ones gives the
// same sum on all cores, and batch norms spend their time on such sums.

// SumChannels sums x [..., channels] over all axes but the last and returns [channels].
func SumChannels(x *Node) *Node {
	if !onCPU(x.Graph()) {
		axes := make([]int, x.Rank()-1)
		for i := range axes {
			axes[i] = i
		}
		return ReduceSum(x, axes...)
	}
	rows := asRows(x)
	ones := Ones(x.Graph(), shapes.Make(x.DType(), 1, rows.Shape().Dim(0)))
	return Reshape(Einsum("an,nc->ac", ones, rows), -1)
}

// BroadcastChannels repeats v [channels] over all axes of like [..., channels] but the last, in a form that can be
// added to it or multiplied with it. Its gradient is SumChannels.
func BroadcastChannels(v, like *Node) *Node {
	if !onCPU(v.Graph()) {
		return ExpandLeftToRank(v, like.Rank())
	}
	ones := Ones(v.Graph(), shapes.Make(v.DType(), asRows(like).Shape().Dim(0), 1))
	return Reshape(Einsum("na,ac->nc", ones, Reshape(v, 1, -1)), like.Shape().Dimensions...)
}

func asRows(x *Node) *Node { return Reshape(x, -1, x.Shape().Dim(-1)) }
