package linear

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// oneStep builds the graph of a single step; its inputs are inputShapes', with a stretch of one.
func (l *loop) oneStep(in []*Node) []*Node {
	x, y := Squeeze(in[2], 0), Squeeze(in[3], 0)
	u, v := l.step(in[0], in[1], x, y, in[4], Reshape(in[5]), Reshape(in[6]), in[7])
	return []*Node{u, v}
}

// manySteps builds the graph of a stretch: a While over the step. The loop's state is the step counter and then all
// of the inputs, since a closure cannot reach values outside it; XLA does not copy the ones that stay as they are.
// Outside the body scalars are made by Const: GoMLX keeps Scalar's nodes for the whole graph, whichever function made
// them first.
func (l *loop) manySteps(in []*Node) []*Node {
	g := in[0].Graph()
	state := func(g *Graph) []*Node {
		params := []*Node{Parameter(g, "step", shapes.Make(dtypes.Int32))}
		for i, node := range in {
			params = append(params, Parameter(g, fmt.Sprintf("in%d", i), node.Shape()))
		}
		return params
	}
	cond := NewClosure(g, func(g *Graph) []*Node {
		s := state(g)
		step, count := s[0], s[len(s)-1]
		return []*Node{LessThan(step, count)}
	})
	body := NewClosure(g, func(g *Graph) []*Node {
		s := state(g)
		i, u, v, x, y, weights, ranks, rates, lambda := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]
		s[1], s[2] = l.step(u, v, batchAt(x, i), batchAt(y, i), weights, scalarAt(ranks, i), scalarAt(rates, i), lambda)
		s[0] = OnePlus(i)
		return s
	})
	out := While(cond, body, append([]*Node{Const(g, int32(0))}, in...)...)
	return out[1:3]
}

// batchAt picks batch i of data [batches, rows, width]; where there is only one, it is that one at every step.
func batchAt(data, i *Node) *Node {
	dims := data.Shape().Dimensions
	if dims[0] > 1 {
		zero := Const(data.Graph(), int32(0))
		data = DynamicSlice(data, []*Node{i, zero, zero}, []int{1, dims[1], dims[2]})
	}
	return Squeeze(data, 0)
}

func scalarAt(list, i *Node) *Node {
	return Reshape(DynamicSlice(list, []*Node{i}, []int{1}))
}

// step is one SGD step: x [rows, inputs], y [rows, outputs], weights [rows], rank, rate and lambda scalars.
func (l *loop) step(u, v, x, y, weights, rank, rate, lambda *Node) (*Node, *Node) {
	d := lod.Dense{U: u, V: v}
	mse := func(prediction *Node) *Node {
		perRow := ReduceSum(Square(Sub(prediction, y)), 1)
		return Div(ReduceAllSum(Mul(perRow, weights)), MulScalar(ReduceAllSum(weights), l.shape.outputs))
	}
	loss := mse(d.ApplyTruncated(x, rank))
	if l.shape.fullPass {
		loss = Add(loss, mse(d.Apply(x)))
	}
	if l.shape.lambda > 0 {
		loss = Add(loss, Mul(d.Penalty(l.shape.lasso), lambda))
	}
	grads := Gradient(loss, u, v)
	return Sub(u, Mul(rate, grads[0])), Sub(v, Mul(rate, grads[1]))
}
