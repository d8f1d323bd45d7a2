package lod

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/nn"
	"github.com/gomlx/gomlx/support/exceptions"
)

// LayerNorm normalises each vector along the last axis of x by itself, then scales and shifts it: (x −
// mean)/√(variance + 1e-5)·scale + offset (Ba, Kiros and Hinton 2016), in float32.
func (p *Pass) LayerNorm(name string, x *Node) *Node {
	scope := p.scope.At("%s", name)
	if p.define {
		if scope.GetVariable("scale") != nil {
			exceptions.Panicf("two norms are named %q", name)
		}
		width := x.Shape().Dim(-1)
		ones := make([]float32, width)
		for i := range ones {
			ones[i] = 1
		}
		scope.VariableWithValue("scale", tensors.FromFlatDataAndDimensions(ones, width))
		scope.VariableWithValue("offset", tensors.FromFlatDataAndDimensions(make([]float32, width), width))
	}
	return p.apply(p.next <= p.first, func() *Node {
		value := func(name string) *Node { return scope.GetVariable(name).NodeValue(x.Graph()) }
		wide := ConvertDType(x, scope.GetVariable("scale").Shape().DType)
		return p.cast(nn.LayerNorm(wide, []int{-1}, normEpsilon, value("scale"), value("offset"), nil))
	})
}
