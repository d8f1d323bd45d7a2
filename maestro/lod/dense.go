package lod

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Dense is a factorised dense map y = U (Vᵀ x) + bias over graph nodes. It holds no weights of its own: U, V and
// Bias may be variables of a model, parameters of a graph or the state of a loop inside one.
type Dense struct {
	U    *Node // [outputs, rank]
	V    *Node // [inputs, rank]
	Bias *Node // [outputs], or nil for none
	// Unfused applies V and U one after the other even where multiplying them first would take less time.
	Unfused bool
}

// Rank is the number of columns of the factors.
func (d Dense) Rank() int { return d.U.Shape().Dim(-1) }

// Apply runs the map at its full rank on x [batch, inputs] and returns [batch, outputs].
func (d Dense) Apply(x *Node) *Node {
	d.check(x)
	if !d.Unfused && multiplyFirst(x.Shape().Dim(0), d.U.Shape().Dim(0), d.V.Shape().Dim(0), d.Rank(), 0) {
		return addBias(Einsum("bn,nm->bm", x, Einsum("nr,mr->nm", d.V, d.U)), d.Bias)
	}
	return addBias(Einsum("br,mr->bm", Einsum("bn,nr->br", x, d.V), d.U), d.Bias)
}

// ApplyTruncated runs the map cut to its first `rank` columns, W = U_{:b} V_{:b}ᵀ, on x [batch, inputs] and returns
// [batch, outputs]. The rank is a scalar integer node known only at run time, so one executable serves every rank. Only
// U's other columns are masked: that keeps their partners in V out of the output too, neither gets a gradient, and U is
// far smaller than the activations in between.
func (d Dense) ApplyTruncated(x, rank *Node) *Node {
	d.U = Truncate(d.U, rank)
	return d.Apply(x)
}

func (d Dense) check(x *Node) {
	if d.U.Rank() != 2 || d.V.Rank() != 2 || d.U.Shape().Dim(1) != d.V.Shape().Dim(1) {
		exceptions.Panicf("lod.Dense: factors must be U [outputs, rank] and V [inputs, rank], got U %s and V %s",
			d.U.Shape(), d.V.Shape())
	}
	if x.Rank() != 2 || x.Shape().Dim(1) != d.V.Shape().Dim(0) {
		exceptions.Panicf("lod.Dense: input must be [batch, %d], got %s", d.V.Shape().Dim(0), x.Shape())
	}
	if d.Bias != nil && (d.Bias.Rank() != 1 || d.Bias.Shape().Dim(0) != d.U.Shape().Dim(0)) {
		exceptions.Panicf("lod.Dense: bias must be [%d], got %s", d.U.Shape().Dim(0), d.Bias.Shape())
	}
}

// Truncate keeps the first `rank` entries of the last axis of h and puts zeros in place of the rest. rank is a scalar
// integer node; the shape of h does not change.
func Truncate(h, rank *Node) *Node {
	if !rank.IsScalar() || !rank.DType().IsInt() {
		exceptions.Panicf("lod.Truncate: the rank must be an integer scalar, got %s", rank.Shape())
	}
	shape := h.Shape().Clone()
	shape.DType = rank.DType()
	alive := LessThan(Iota(h.Graph(), shape, shape.Rank()-1), rank)
	return Where(alive, h, ZerosLike(h))
}
