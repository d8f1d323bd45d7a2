package models

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// MLP is a chain of dense layers with a ReLU between, hidden[i] numbers wide each and the last of `outputs`: fc1, fc2
// and so on. It takes x [batch, …] and flattens it.
func MLP(outputs int, hidden ...int) lod.Model {
	return func(p *lod.Pass, x *Node) *Node {
		x = Reshape(x, x.Shape().Dim(0), -1)
		for i, width := range hidden {
			x = relu(p.Dense(fmt.Sprintf("fc%d", i+1), x, width))
		}
		return p.Dense(fmt.Sprintf("fc%d", len(hidden)+1), x, outputs)
	}
}
