package lod

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Conv is a factorised convolution over graph nodes, channels last. Seen as a matrix the kernel is [outputs, k·k·inputs];
// V is a k×k convolution to `rank` channels with the layer's stride and padding and no bias, U a 1×1 convolution from
// them to the outputs, with the bias.
type Conv struct {
	U       *Node // [outputs, rank]
	V       *Node // [k, k, inputs, rank]
	Bias    *Node // [outputs], or nil for none
	Stride  int   // 0 means 1
	Padding int   // zeros added on each side
}

// Rank is the number of columns of the factors.
func (c Conv) Rank() int { return c.U.Shape().Dim(-1) }

// Apply runs the convolution at its full rank on x [batch, height, width, inputs].
func (c Conv) Apply(x *Node) *Node { return c.up(c.down(x)) }

// ApplyTruncated runs it cut to its first `rank` columns; rank is a scalar integer node, as in Dense.
func (c Conv) ApplyTruncated(x, rank *Node) *Node {
	h := c.down(x)
	c.U = Truncate(c.U, rank)
	return c.up(h)
}

func (c Conv) down(x *Node) *Node {
	if x.Rank() != 4 || c.V.Rank() != 4 || x.Shape().Dim(3) != c.V.Shape().Dim(2) {
		exceptions.Panicf("lod.Conv: input must be [batch, height, width, %d], got %s", c.V.Shape().Dim(2), x.Shape())
	}
	return convolve(x, c.V, max(c.Stride, 1), c.Padding)
}

// up is a 1×1 convolution, which as a product is twice as fast as through Convolve.
func (c Conv) up(h *Node) *Node {
	y := Einsum("bhwr,mr->bhwm", h, c.U)
	if c.Bias != nil {
		y = Add(y, ExpandLeftToRank(c.Bias, 4))
	}
	return y
}
