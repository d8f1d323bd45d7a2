package export

import (
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// deployed is a copy of the network with the dead columns cut away, and one matrix in place of factors that outweigh it.
func deployed(n *lod.Network) (*lod.Network, error) {
	n, err := n.Clone()
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	if err := n.Cut(nil); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	for i, l := range n.Layers {
		if !l.Matrix && l.Deployed() != l.Factored() {
			if err := merge(n, i); err != nil {
				return nil, fmt.Errorf("export: layer %s: %w", l.Name, err)
			}
		}
	}
	return n, nil
}

// merge puts U Vᵀ in place of a layer's factors.
func merge(n *lod.Network, layer int) error {
	l := &n.Layers[layer]
	u, v, err := factors(n, *l)
	if err != nil {
		return err
	}
	matrix := make([]float32, l.Inputs*l.Outputs)
	for i := range l.Inputs {
		for o := range l.Outputs {
			sum := 0.0
			for b := range l.Stored {
				sum += float64(v[i*l.Stored+b]) * float64(u[o*l.Stored+b])
			}
			matrix[i*l.Outputs+o] = float32(sum)
		}
	}
	dims := []int{l.Inputs, l.Outputs}
	if l.Kernel > 0 {
		dims = []int{l.Kernel, l.Kernel, l.Channels, l.Outputs}
	}
	if _, err := n.Store().CreateVariable(variable(*l, "matrix"), tensors.FromFlatDataAndDimensions(matrix, dims...)); err != nil {
		return err
	}
	for _, name := range []string{"u", "v"} {
		if err := n.Store().DeleteVariable(variable(*l, name)); err != nil {
			return err
		}
	}
	l.Matrix, l.Rank, l.Stored = true, l.Full(), l.Full()
	return nil
}

func variable(l lod.Layer, name string) string { return "/model/" + l.Name + "/" + name }

// factors are U [outputs, stored] and V [inputs, stored], row-major.
func factors(n *lod.Network, l lod.Layer) (u, v []float32, err error) {
	for _, to := range []struct {
		name string
		flat *[]float32
	}{{"u", &u}, {"v", &v}} {
		value, err := n.Store().GetVariable(variable(l, to.name)).Value()
		if err != nil {
			return nil, nil, err
		}
		if *to.flat, err = tensors.CopyFlatData[float32](value); err != nil {
			return nil, nil, err
		}
	}
	return u, v, nil
}
