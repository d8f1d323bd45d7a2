package lod

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/maestro-lod/notebook/maestro/ops"
)

// Lasso says which groups of columns the group lasso penalises.
type Lasso string

const (
	// Hierarchical takes the tails b..r: a column is in every tail before it, so the last ones go to zero first and
	// together. This is the paper's λ_gl term.
	Hierarchical Lasso = "hierarchical"
	// Plain takes each column on its own.
	Plain Lasso = "plain"
)

// Check returns an error that names the known kinds when l is none of them.
func (l Lasso) Check() error {
	if l != Hierarchical && l != Plain {
		return fmt.Errorf("unknown group lasso %q: use %q or %q", l, Hierarchical, Plain)
	}
	return nil
}

// Penalty is the group lasso of one factorised map, Σ_b (‖U_{b:}‖ + ‖V_{b:}‖) in its hierarchical form (equation 4
// of the poster) and Σ_b (‖u_b‖ + ‖v_b‖) in the plain one, without λ_gl. It returns a scalar.
func (d Dense) Penalty(kind Lasso) *Node {
	return Add(GroupLasso(d.U, kind), GroupLasso(d.V, kind))
}

// GroupLasso sums the Frobenius norms of the groups of columns of one factor w [rows…, rank]. It works on the vector of
// squared column norms, so its cost is one pass over w. Where a group is all zero its gradient is 0, the subgradient
// that leaves dead columns dead.
func GroupLasso(w *Node, kind Lasso) *Node {
	if err := kind.Check(); err != nil {
		exceptions.Panicf("lod.GroupLasso: %v", err)
	}
	rows := make([]int, w.Rank()-1) // every axis but the last
	for i := range rows {
		rows[i] = i
	}
	squares := ReduceSum(Square(w), rows...) // [rank]
	if kind == Hierarchical {
		squares = ops.TailSums(squares)
	}
	return ReduceAllSum(ops.SafeSqrt(squares))
}
