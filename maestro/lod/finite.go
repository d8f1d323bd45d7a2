package lod

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"
)

// CheckFinite returns an error that names the first layer, or batch norm, that has a weight which is NaN or infinite,
// as training that diverged leaves them. Nothing can be computed or decomposed from then on.
func (n *Network) CheckFinite() error {
	var bad []string
	for v := range n.store.RootScope().At("model").IterVariables() {
		value, err := v.Value()
		if err != nil {
			return err
		}
		err = tensors.ConstFlatData(value, func(flat []float32) {
			if slices.ContainsFunc(flat, func(x float32) bool { return x-x != 0 }) { // NaN of NaN and of infinities
				name, _, _ := strings.Cut(strings.TrimPrefix(v.Path(), "/model/"), "/")
				bad = append(bad, name)
			}
		})
		if err != nil {
			return fmt.Errorf("%s: %w", v.Path(), err)
		}
	}
	for _, l := range n.Layers {
		if slices.Contains(bad, l.Name) {
			return notFinite(l.Name)
		}
	}
	if len(bad) > 0 {
		return notFinite(slices.Min(bad))
	}
	return nil
}

func notFinite(layer string) error {
	return fmt.Errorf("layer %s has weights that are NaN or infinite", layer)
}

// finite says whether every entry of a matrix is a number.
func finite(w *mat.Dense) bool {
	rows, _ := w.Dims()
	for i := range rows {
		if slices.ContainsFunc(w.RawRowView(i), func(x float64) bool { return x-x != 0 }) {
			return false
		}
	}
	return true
}
