package lod

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// once is x, which XLA then computes into memory one time, and its gradient too. Left alone, it works a result out again
// in each operation that uses it: LeNet's first pooling in each of the ten slices the next convolution takes of it, and the
// sum of their ten gradients once for each of the four entries that were pooled. That was an eighth of LeNet's step.
func once(x *Node) *Node {
	return barrier(IdentityWithCustomGradient(x, func(_, gradient *Node) *Node { return barrier(gradient) }))
}

// barrier has a second operand since go-xla leaves a barrier of one out on a CPU.
func barrier(x *Node) *Node {
	return OptimizationBarriers(x, ScalarZero(x.Graph(), x.DType()))[0]
}
