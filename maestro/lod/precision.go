package lod

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// In makes the pass compute in another floating-point type, such as dtypes.BFloat16, as mixed-precision training does
// (Micikevicius et al. 2018): what its layers are applied to and their weights are rounded to that type for the
// products and convolutions, and the layers' outputs are of it. The variables stay float32, biases are added and
// batch norms computed in float32, and gradients come back to the variables as float32.
func (p *Pass) In(dtype dtypes.DType) *Pass {
	p.dtype = dtype
	return p
}

// cast is x in the pass's type; nil stays nil.
func (p *Pass) cast(x *Node) *Node {
	if x == nil || p.dtype == dtypes.InvalidDType {
		return x
	}
	return ConvertDType(x, p.dtype)
}

// addBias adds a bias [outputs], or nil for none, to the last axis of y, in the bias's type. The gradient of a bias
// is a sum over all examples and positions, in which a type of few digits would lose most.
func addBias(y, bias *Node) *Node {
	if bias == nil {
		return y
	}
	return ConvertDType(Add(ConvertDType(y, bias.DType()), ExpandLeftToRank(bias, y.Rank())), y.DType())
}
