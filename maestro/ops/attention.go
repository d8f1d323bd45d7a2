package ops

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// masked is the score of a key that a query must not see. It is finite, so that a query without any key gives a number,
// and a gradient of zero, in place of NaN.
const masked = -1e9

// Attend is scaled dot-product attention (Vaswani et al. 2017, equation 1): softmax(Q Kᵀ/√d) V of queries [batch,
// heads, queries, d], keys and values [batch, heads, keys, d], with the softmax in float32. mask is boolean, [batch
// or 1, heads or 1, queries or 1, keys], true where a query sees a key, or nil. drop is applied to the softmax; nil
// for nothing.
//
// GoMLX's attention.Core is the same but for dropout, which it draws from a variable of its own, and for queries that
// see no key, whose gradients are NaN there.
func Attend(queries, keys, values, mask *Node, drop func(*Node) *Node) *Node {
	queries = MulScalar(queries, 1/math.Sqrt(float64(queries.Shape().Dim(-1))))
	scores := Einsum("bhqd,bhkd->bhqk", queries, keys)
	dtype := scores.DType()
	if dtype != dtypes.Float64 {
		scores = ConvertDType(scores, dtypes.Float32)
	}
	if mask != nil {
		scores = Where(BroadcastToDims(mask, scores.Shape().Dimensions...), scores,
			BroadcastToDims(Scalar(scores.Graph(), scores.DType(), masked), scores.Shape().Dimensions...))
	}
	weights := Softmax(scores, -1)
	if drop != nil {
		weights = drop(weights)
	}
	return Einsum("bhqk,bhkd->bhqd", ConvertDType(weights, dtype), values)
}
