// Package models holds networks built from factorised layers, one a file.
package models

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// LeNet is the MNIST network: two 5×5 convolutions of 6 and 16 channels, each with a ReLU and a 2×2 maximum, then
// dense layers of 120, 84 and `classes`. It takes x [batch, 28, 28, 1], has ranks 6, 16, 120, 84 and 10, 44,190
// weights and 281,640 MACs unfactorised. The maximum comes before the ReLU: the result and its gradient are the same
// in either order, and the ReLU has a quarter of the work.
func LeNet(classes int) lod.Model {
	return func(p *lod.Pass, x *Node) *Node {
		x = relu(maxPool2(p.Conv("conv1", x, lod.ConvShape{Outputs: 6, Kernel: 5})))
		x = relu(maxPool2(p.Conv("conv2", x, lod.ConvShape{Outputs: 16, Kernel: 5})))
		x = Reshape(x, x.Shape().Dim(0), -1)
		x = relu(p.Dense("fc1", x, 120))
		x = relu(p.Dense("fc2", x, 84))
		return p.Dense("fc3", x, classes)
	}
}
