package ops

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Materialise returns x and makes XLA compute it, and its gradient, into memory just once. Left alone, XLA works a
// result out again in each operation that uses it: a pooling in each of the slices that the next convolution takes of
// it.
func Materialise(x *Node) *Node {
	return barrier(IdentityWithCustomGradient(x, func(_, gradient *Node) *Node { return barrier(gradient) }))
}

// barrier passes a second operand because go-xla leaves a barrier of one out on a CPU.
func barrier(x *Node) *Node {
	return OptimizationBarriers(x, ScalarZero(x.Graph(), x.DType()))[0]
}
