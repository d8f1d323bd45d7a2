package models

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// ResNetShape is a residual network (He et al. 2016) of four stages, whose maps halve and whose widths double from
// one to the next.
type ResNetShape struct {
	Blocks     [4]int // residual blocks of each stage
	Bottleneck bool   // blocks of 1×1, 3×3, 1×1 convolutions, four times as wide outside, in place of two 3×3
	Width      int    // channels of the first stage; 64 in the paper
	ImageNet   bool   // the stem for large images, a 7×7 convolution and a maximum, each of stride 2; else one 3×3
	Classes    int
}

// ResNet18 is the form for 32×32 images: 11.17 M parameters and 0.56 GMACs at width 64 and 10 classes.
func ResNet18(classes, width int) lod.Model {
	return ResNet(ResNetShape{Blocks: [4]int{2, 2, 2, 2}, Width: width, Classes: classes})
}

// ResNet34 is the form for 32×32 images.
func ResNet34(classes, width int) lod.Model {
	return ResNet(ResNetShape{Blocks: [4]int{3, 4, 6, 3}, Width: width, Classes: classes})
}

// ResNet50 has bottleneck blocks and the stem for large images.
func ResNet50(classes, width int) lod.Model {
	return ResNet(ResNetShape{Blocks: [4]int{3, 4, 6, 3}, Bottleneck: true, Width: width, ImageNet: true,
		Classes: classes})
}

// ResNet takes x [batch, height, width, channels]. No convolution has a bias, since a batch norm follows each.
func ResNet(r ResNetShape) lod.Model {
	return func(p *lod.Pass, x *Node) *Node {
		if r.ImageNet {
			x = convNorm(p, "stem", x, lod.ConvShape{Outputs: r.Width, Kernel: 7, Stride: 2, Padding: 3})
			x = MaxPool(relu(x)).Window(3).Strides(2).PaddingPerDim([][2]int{{1, 1}, {1, 1}}).Done()
		} else {
			x = relu(convNorm(p, "stem", x, lod.ConvShape{Outputs: r.Width, Kernel: 3, Padding: 1}))
		}
		for stage, blocks := range r.Blocks {
			for block := range blocks {
				stride := 1
				if stage > 0 && block == 0 {
					stride = 2
				}
				x = r.block(p, fmt.Sprintf("stage%d-block%d", stage+1, block+1), x, r.Width<<stage, stride)
			}
		}
		return p.Dense("head", ReduceMean(x, 1, 2), r.Classes)
	}
}

func (r ResNetShape) block(p *lod.Pass, name string, x *Node, width, stride int) *Node {
	var y *Node
	outputs := width
	if r.Bottleneck {
		outputs = 4 * width
		y = relu(convNorm(p, name+"-a", x, lod.ConvShape{Outputs: width, Kernel: 1}))
		y = relu(convNorm(p, name+"-b", y, lod.ConvShape{Outputs: width, Kernel: 3, Stride: stride, Padding: 1}))
		y = convNorm(p, name+"-c", y, lod.ConvShape{Outputs: outputs, Kernel: 1})
	} else {
		y = relu(convNorm(p, name+"-a", x, lod.ConvShape{Outputs: width, Kernel: 3, Stride: stride, Padding: 1}))
		y = convNorm(p, name+"-b", y, lod.ConvShape{Outputs: width, Kernel: 3, Padding: 1})
	}
	if stride != 1 || x.Shape().Dim(3) != outputs {
		x = convNorm(p, name+"-shortcut", x, lod.ConvShape{Outputs: outputs, Kernel: 1, Stride: stride})
	}
	return relu(Add(x, y))
}

// convNorm is a convolution without bias and the batch norm after it.
func convNorm(p *lod.Pass, name string, x *Node, c lod.ConvShape) *Node {
	c.NoBias = true
	return p.BatchNorm(name+"-norm", p.Conv(name, x, c))
}
