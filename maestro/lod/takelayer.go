package lod

import (
	"fmt"
	"slices"
)

// TakeLayer replaces a layer's weights and form by those that it has in another network of the same model, such as a
// clone that was cut. An optimizer's variables must be dropped by the caller.
func (n *Network) TakeLayer(layer int, from *Network) error {
	if len(n.Layers) != len(from.Layers) || n.Layers[layer].Name != from.Layers[layer].Name {
		return fmt.Errorf("layer %s: the other network is of another model", n.Layers[layer].Name)
	}
	names := []string{"u", "v", "matrix", "bias"}
	if err := n.drop(layer, names...); err != nil {
		return err
	}
	for v := range from.scope(layer).IterVariables() {
		if !slices.Contains(names, v.Name()) {
			continue
		}
		value, err := v.Value()
		if err == nil {
			value, err = value.Clone()
		}
		if err != nil {
			return fmt.Errorf("copying %s: %w", v.Path(), err)
		}
		n.scope(layer).VariableWithValue(v.Name(), value)
	}
	n.Layers[layer] = from.Layers[layer]
	return nil
}
