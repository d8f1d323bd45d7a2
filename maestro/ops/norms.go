package ops

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// TailSums returns Σ_{i≥b} x_i for every b of x [n]: a cumulative sum from the end, as a product with a triangular
// matrix.
func TailSums(x *Node) *Node {
	g, n := x.Graph(), x.Shape().Dim(0)
	// Row b of the upper triangle holds ones from column b on.
	upper := Transpose(ConvertDType(LowerTriangular(g, n), x.DType()), 0, 1)
	return Einsum("bi,i->b", upper, x)
}

// SafeSqrt is √x for x ≥ 0 with gradient 0 at 0, where Sqrt's is the NaN that comes of ∞·0: the subgradient of a norm
// that a group lasso needs.
func SafeSqrt(x *Node) *Node {
	positive := GreaterThan(x, ZerosLike(x))
	return Where(positive, Sqrt(Where(positive, x, OnesLike(x))), ZerosLike(x))
}
