package lod

import (
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// Weight is the weight matrix of a layer [outputs, inputs]: the one it is kept as, or U Vᵀ at its current rank. The
// inputs of a convolution are its kernel's rows, columns and input channels, in this order.
func (n *Network) Weight(layer int) (*mat.Dense, error) {
	l := n.Layers[layer]
	if l.Matrix {
		w, err := matrixOf(n.scope(layer).GetVariable("matrix"), l.Inputs, l.Outputs)
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", l.Name, err)
		}
		return mat.DenseCopyOf(w.T()), nil
	}
	w := mat.NewDense(l.Outputs, l.Inputs, nil)
	if l.Rank == 0 {
		return w, nil
	}
	uVariable, vVariable := n.factors(layer)
	u, err := matrixOf(uVariable, l.Outputs, l.Stored)
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", l.Name, err)
	}
	v, err := matrixOf(vVariable, l.Inputs, l.Stored)
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", l.Name, err)
	}
	w.Mul(u.Slice(0, l.Outputs, 0, l.Rank), v.Slice(0, l.Inputs, 0, l.Rank).T())
	return w, nil
}

// Merge keeps a layer as one matrix, U Vᵀ at its current rank: from then on nothing of it is sampled, penalised or cut.
// An optimizer's variables of the factors must be dropped by the caller.
func (n *Network) Merge(layer int) error {
	l := &n.Layers[layer]
	if l.Matrix {
		return nil
	}
	w, err := n.Weight(layer)
	if err != nil {
		return err
	}
	if err := n.drop(layer, "u", "v"); err != nil {
		return err
	}
	l.Matrix, l.Rank, l.Stored = true, l.Full(), l.Full()
	n.scope(layer).VariableWithValue("matrix", float32s(mat.DenseCopyOf(w.T()), columns(*l, l.Outputs)...))
	return nil
}

// Factorise keeps a layer as two factors of the matrix of the given rank that is nearest to its weights (Eckart and
// Young 1936): the first singular triples, their values split evenly between U and V. The rank is from 1 to the
// layer's full one, and the weights must be finite. An optimizer's variables of the weights must be dropped by the
// caller.
func (n *Network) Factorise(layer, rank int) error { return n.factorise(layer, rank, Factorise) }

func (n *Network) factorise(layer, rank int, factors func(w *mat.Dense) (u, v *mat.Dense)) error {
	l := &n.Layers[layer]
	if l.Kept {
		return fmt.Errorf("layer %s: the model keeps it as one matrix", l.Name)
	}
	if rank < 1 || rank > l.Full() {
		return fmt.Errorf("layer %s: rank %d is not between 1 and %d", l.Name, rank, l.Full())
	}
	w, err := n.Weight(layer)
	if err != nil {
		return err
	}
	if !finite(w) {
		return notFinite(l.Name)
	}
	u, v := factors(w)
	if err := n.drop(layer, "u", "v", "matrix"); err != nil {
		return err
	}
	l.Matrix, l.Rank, l.Stored = false, rank, rank
	scope := n.scope(layer)
	scope.VariableWithValue("u", float32s(mat.DenseCopyOf(u.Slice(0, l.Outputs, 0, rank)), l.Outputs, rank))
	scope.VariableWithValue("v", float32s(mat.DenseCopyOf(v.Slice(0, l.Inputs, 0, rank)), columns(*l, rank)...))
	return nil
}

// Truncate lowers the ranks of the layers to the given ones, a rank for each (of a matrix it is not read), and cuts the
// columns beyond away. A rank above a layer's current one is an error. An optimizer's variables must be dropped by the
// caller.
func (n *Network) Truncate(ranks []int) error {
	if len(ranks) != len(n.Layers) {
		return fmt.Errorf("%d ranks for %d layers", len(ranks), len(n.Layers))
	}
	for i := range n.Layers {
		l := &n.Layers[i]
		if l.Matrix {
			continue
		}
		if ranks[i] < 0 || ranks[i] > l.Rank {
			return fmt.Errorf("layer %s: rank %d is not between 0 and its current rank, %d", l.Name, ranks[i], l.Rank)
		}
		l.Rank = ranks[i]
	}
	return n.Cut(nil)
}

// drop takes variables of a layer away, those of them that it has.
func (n *Network) drop(layer int, names ...string) error {
	for _, name := range names {
		if v := n.scope(layer).GetVariable(name); v != nil {
			if err := n.store.DeleteVariable(v.Path()); err != nil {
				return err
			}
		}
	}
	return nil
}

// columns is the shape of n columns of as many numbers as the layer has inputs.
func columns(l Layer, n int) []int {
	if l.Kernel > 0 {
		return []int{l.Kernel, l.Kernel, l.Channels, n}
	}
	return []int{l.Inputs, n}
}

// matrixOf reads a variable [rows…, columns] as a matrix.
func matrixOf(variable *model.Variable, rows, columns int) (*mat.Dense, error) {
	if variable == nil {
		return nil, fmt.Errorf("it has no weights")
	}
	value, err := variable.Value()
	if err != nil {
		return nil, err
	}
	flat, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		return nil, err
	}
	wide := make([]float64, len(flat))
	for i, x := range flat {
		wide[i] = float64(x)
	}
	return mat.NewDense(rows, columns, wide), nil
}
