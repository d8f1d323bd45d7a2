package decode

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/text"
)

// likeliest are the log-probabilities of the k likeliest pieces of each row of logits [rows, vocabulary], the
// likeliest first, and the pieces, [rows, k] each. Of those as likely as each other the lower is first. No target has
// padding or a second begin.
func likeliest(logits *Node, k int) (values, ids *Node) {
	g, dims := logits.Graph(), logits.Shape().Dimensions
	piece := Iota(g, shapes.Make(dtypes.Int32, dims...), 1)
	last := BroadcastToDims(Scalar(g, dtypes.Int32, dims[1]-1), dims...)
	never := BroadcastToDims(Infinity(g, logits.DType(), -1), dims...)
	is := func(id int) *Node { return Equal(piece, Scalar(g, dtypes.Int32, id)) }
	x := Where(Or(is(text.Pad), is(text.Begin)), never, logits)
	var allValues, allIDs []*Node
	for range k {
		// XLA's reduction of a value and its place at once, and its sorting, take longer on a CPU than these two.
		value := ReduceAndKeep(x, ReduceMax, -1)
		id := ReduceAndKeep(Where(Equal(x, value), piece, last), ReduceMin, -1)
		x = Where(Equal(piece, id), never, x)
		allValues, allIDs = append(allValues, value), append(allIDs, id)
	}
	most := ReduceAndKeep(logits, ReduceMax, -1)
	sum := Add(most, Log(ReduceAndKeep(Exp(Sub(logits, most)), ReduceSum, -1)))
	return Sub(Concatenate(allValues, -1), sum), Concatenate(allIDs, -1)
}
