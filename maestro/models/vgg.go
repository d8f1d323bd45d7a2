package models

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// VGG19 is the form for 32×32 images (Simonyan and Zisserman 2015, with batch norms and one dense layer): sixteen 3×3
// convolutions of width, 2, 4, 8 and 8 times that many channels, each stage ended by a 2×2 maximum; 20.0 M parameters
// and 0.4 GMACs at width 64 and 10 classes. It takes x [batch, 32, 32, channels].
func VGG19(classes, width int) lod.Model {
	stages := []struct{ convs, times int }{{2, 1}, {2, 2}, {4, 4}, {4, 8}, {4, 8}}
	return func(p *lod.Pass, x *Node) *Node {
		for s, stage := range stages {
			for c := range stage.convs {
				name := fmt.Sprintf("stage%d-conv%d", s+1, c+1)
				x = relu(convNorm(p, name, x, lod.ConvShape{Outputs: width * stage.times, Kernel: 3, Padding: 1}))
			}
			x = maxPool2(x)
		}
		return p.Dense("head", Reshape(x, x.Shape().Dim(0), -1), classes)
	}
}
