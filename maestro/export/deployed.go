package export

import (
	"fmt"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// deployed is a copy of the network with the dead columns cut away, and one matrix in place of factors that outweigh
// it.
func deployed(n *lod.Network) (*lod.Network, error) {
	if err := n.CheckFinite(); err != nil {
		return nil, fmt.Errorf("export: %w, as training that diverged leaves them", err)
	}
	n, err := n.Clone()
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	if err := n.Cut(nil); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	for i, l := range n.Layers {
		if !l.Matrix && l.Deployed() != l.Factored() {
			if err := n.Merge(i); err != nil {
				return nil, fmt.Errorf("export: %w", err)
			}
		}
	}
	return n, nil
}
