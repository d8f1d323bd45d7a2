package lod

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
)

// Clone copies the network with all its variables but the optimizer's, so that the copy can be cut or merged while
// graphs compiled for the network itself still fit it.
func (n *Network) Clone() (*Network, error) {
	c := &Network{Model: n.Model, Inputs: n.Inputs, Layers: slices.Clone(n.Layers), store: model.NewStore(),
		norms: n.norms, random: n.random}
	for v := range n.store.IterVariables() {
		if !strings.HasPrefix(v.Path(), "/model/") {
			continue // an optimizer's state
		}
		value, err := v.Value()
		if err == nil {
			value, err = value.Clone()
		}
		if err != nil {
			return nil, fmt.Errorf("copying %s: %w", v.Path(), err)
		}
		copied, err := c.store.CreateVariable(v.Path(), value)
		if err != nil {
			return nil, fmt.Errorf("copying %s: %w", v.Path(), err)
		}
		copied.SetTrainable(v.Trainable)
	}
	return c, nil
}
