package lod

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/maestro-lod/notebook/maestro/ops"
)

// Conv is a factorised convolution over graph nodes, channels last. Seen as a matrix the kernel is [outputs,
// k·k·inputs]; V is a k×k convolution to `rank` channels with the layer's stride and padding and no bias, U a 1×1
// convolution from them to the outputs, with the bias.
type Conv struct {
	U       *Node // [outputs, rank]
	V       *Node // [k, k, inputs, rank]
	Bias    *Node // [outputs], or nil for none
	Stride  int   // 0 means 1
	Padding int   // zeros added on each side
	// Unfused applies V and U one after the other even where multiplying them first would take less time.
	Unfused bool
}

// Rank is the number of columns of the factors.
func (c Conv) Rank() int { return c.U.Shape().Dim(-1) }

// handover is what passing one number from V's convolution on to U's is worth, in multiply-adds of a CPU: with it the
// choice is the fastest one for LeNet's convolutions at small ranks (docs/measurements.md).
const handover = 64

// Apply runs the convolution at its full rank on x [batch, height, width, inputs].
func (c Conv) Apply(x *Node) *Node {
	c.check(x)
	k, stride := c.V.Shape(), max(c.Stride, 1)
	height, width := ops.OutputSize(x, c.V, stride, c.Padding)
	applications := x.Shape().Dim(0) * height * width
	if !c.Unfused && multiplyFirst(applications, c.U.Shape().Dim(0), k.Dim(0)*k.Dim(1)*k.Dim(2), c.Rank(), handover) {
		return addBias(ops.Conv2D(x, Einsum("hwir,mr->hwim", c.V, c.U), stride, c.Padding, c.Unfused), c.Bias)
	}
	// U is a 1×1 convolution, which is faster as a product.
	return addBias(Einsum("bhwr,mr->bhwm", ops.Conv2D(x, c.V, stride, c.Padding, c.Unfused), c.U), c.Bias)
}

// ApplyTruncated runs it cut to its first `rank` columns; rank is a scalar integer node, as in Dense.
func (c Conv) ApplyTruncated(x, rank *Node) *Node {
	c.U = Truncate(c.U, rank)
	return c.Apply(x)
}

func (c Conv) check(x *Node) {
	if x.Rank() != 4 || c.V.Rank() != 4 || x.Shape().Dim(3) != c.V.Shape().Dim(2) {
		exceptions.Panicf("lod.Conv: input must be [batch, height, width, %d], got %s", c.V.Shape().Dim(2), x.Shape())
	}
}
