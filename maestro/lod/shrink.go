package lod

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Importance returns ‖U_{b:}‖·‖V_{b:}‖ of every alive rank b of a layer, none for one matrix: the tails' Frobenius
// norms that progressive shrinking compares with ε_ps.
func (n *Network) Importance(layer int) ([]float64, error) {
	return n.normProducts(layer, tailNorms)
}

// ColumnNorms returns ‖u_b‖·‖v_b‖ of every alive rank b of every layer, none for one matrix: what a Learner takes.
func (n *Network) ColumnNorms() ([][]float64, error) {
	all := make([][]float64, len(n.Layers))
	for i, l := range n.Layers {
		var err error
		if all[i], err = n.normProducts(i, columnNorms); err != nil {
			return nil, fmt.Errorf("layer %s: %w", l.Name, err)
		}
	}
	return all, nil
}

// normProducts multiplies, rank by rank, the norms that norms finds in either factor.
func (n *Network) normProducts(layer int, norms func(flat []float32, stored, alive int) []float64) ([]float64, error) {
	l := n.Layers[layer]
	if l.Sampled() == 0 {
		return nil, nil
	}
	u, v := n.factors(layer)
	product := make([]float64, l.Rank)
	for i, variable := range []*model.Variable{u, v} {
		value, err := variable.Value()
		if err != nil {
			return nil, err
		}
		flat, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return nil, err
		}
		for b, norm := range norms(flat, l.Stored, l.Rank) {
			if i == 0 {
				product[b] = norm
			} else {
				product[b] *= norm
			}
		}
	}
	return product, nil
}

// columnNorms returns ‖w_b‖ of columns 1…alive of w [rows, stored], row-major.
func columnNorms(flat []float32, stored, alive int) []float64 {
	norms := make([]float64, alive)
	for i, x := range flat {
		if b := i % stored; b < alive {
			norms[b] += float64(x) * float64(x)
		}
	}
	for b := range norms {
		norms[b] = math.Sqrt(norms[b])
	}
	return norms
}

// tailNorms returns ‖w_{b:}‖ over columns b…alive of w [rows, stored], row-major.
func tailNorms(flat []float32, stored, alive int) []float64 {
	norms := make([]float64, alive)
	for i, x := range flat {
		if b := i % stored; b < alive {
			norms[b] += float64(x) * float64(x)
		}
	}
	sum := 0.0
	for b := alive - 1; b >= 0; b-- {
		sum += norms[b]
		norms[b] = math.Sqrt(sum)
	}
	return norms
}

// Shrink lowers each layer's rank to b−1 at the first b whose importance is at most epsilon (ε_ps), and clears the
// columns beyond in the factors and in their optimizer state, so that a masked network computes what a cut one does.
// state gives the optimizer's variables for one of a layer's factors; it may be nil. Shrink reports whether any rank
// fell.
func (n *Network) Shrink(epsilon float64, state func(factor *model.Variable) []*model.Variable) (bool, error) {
	fell := false
	for i := range n.Layers {
		importance, err := n.Importance(i)
		if err != nil {
			return fell, fmt.Errorf("layer %s: %w", n.Layers[i].Name, err)
		}
		if b := RanksAbove(importance, epsilon); b < len(importance) {
			n.Layers[i].Rank = b
			fell = true
			if err := n.resize(i, n.Layers[i].Stored, state); err != nil {
				return fell, err
			}
		}
	}
	return fell, nil
}

// RanksAbove is the rank that Shrink leaves of a layer whose importances are given: those before the first of at most
// epsilon (ε_ps).
func RanksAbove(importance []float64, epsilon float64) int {
	if first := slices.IndexFunc(importance, func(x float64) bool { return x <= epsilon }); first >= 0 {
		return first
	}
	return len(importance)
}

// Importances are Importance of every layer.
func (n *Network) Importances() (all [][]float64, err error) {
	for i, l := range n.Layers {
		importance, err := n.Importance(i)
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", l.Name, err)
		}
		all = append(all, importance)
	}
	return all, nil
}

// Cut takes the dead columns out of every layer's factors, and of their optimizer state, for real: what is stored
// becomes what is alive. state is as in Shrink. Graphs compiled before no longer fit the weights.
func (n *Network) Cut(state func(factor *model.Variable) []*model.Variable) error {
	for i, l := range n.Layers {
		if l.Stored > l.Rank {
			if err := n.resize(i, l.Rank, state); err != nil {
				return err
			}
		}
	}
	return nil
}

// resize gives a layer's factors `columns` columns, zero from the layer's rank on. No columns takes the variables away.
func (n *Network) resize(layer, columns int, state func(factor *model.Variable) []*model.Variable) error {
	l := &n.Layers[layer]
	u, v := n.factors(layer)
	for _, factor := range []*model.Variable{u, v} {
		variables := []*model.Variable{factor}
		if state != nil {
			variables = append(variables, state(factor)...)
		}
		for _, variable := range variables {
			if columns == 0 {
				if err := n.store.DeleteVariable(variable.Path()); err != nil {
					return err
				}
				continue
			}
			if err := keepColumns(variable, l.Stored, columns, l.Rank); err != nil {
				return fmt.Errorf("layer %s: %w", l.Name, err)
			}
		}
	}
	l.Stored = columns
	return nil
}

// keepColumns rewrites a variable [rows…, stored] as [rows…, columns], with zeros from column `alive` on.
func keepColumns(variable *model.Variable, stored, columns, alive int) error {
	value, err := variable.Value()
	if err != nil {
		return err
	}
	flat, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		return err
	}
	dims := append([]int(nil), value.Shape().Dimensions...)
	dims[len(dims)-1] = columns
	rows := len(flat) / stored
	kept := make([]float32, rows*columns)
	for i := range rows {
		copy(kept[i*columns:i*columns+min(alive, columns)], flat[i*stored:])
	}
	return variable.SetValue(tensors.FromFlatDataAndDimensions(kept, dims...))
}
