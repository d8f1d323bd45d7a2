package lod

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/maestro-lod/notebook/maestro/ops"
)

// normMode says which statistics a pass's batch norms use.
type normMode int

const (
	normsOfBatch     normMode = iota // the batch at hand, as in training
	normsRecalibrate                 // the same, and they are averaged into the network's variables
	normsRunning                     // those variables
)

// normEpsilon is PyTorch's.
const normEpsilon = 1e-5

// Recalibrate makes the pass average its batch norms' statistics over batches, this one being number `batch` (a float32
// scalar, from 1): number 1 starts anew. Statistics belong to the ranks and weights they were averaged at, so a network
// is recalibrated before it is measured, and again after every cut.
func (p *Pass) Recalibrate(batch *Node) *Pass {
	p.norms, p.batch = normsRecalibrate, batch
	return p
}

// Eval makes the pass normalise by the statistics that passes with Recalibrate averaged, in place of the batch's.
func (p *Pass) Eval() *Pass {
	p.norms = normsRunning
	return p
}

// HasBatchNorms says whether the model has batch norms, whose statistics must be recalibrated.
func (n *Network) HasBatchNorms() bool { return n.norms > 0 }

// BatchNorm normalises the last axis of x over all others, then scales and shifts it: (x − mean)/√(variance +
// 1e-5)·scale + offset (Ioffe and Szegedy). In training mean and variance are the batch's; a network that is measured
// uses the mean of the batches' means and of their unbiased variances.
func (p *Pass) BatchNorm(name string, x *Node) *Node {
	if x.Rank() < 2 {
		exceptions.Panicf("norm %s: a batch norm takes [batch, …, channels], got %s", name, x.Shape())
	}
	if p.define {
		p.defineNorm(name, x.Shape())
	}
	return p.apply(p.next <= p.first, func() *Node { return p.norm(name, x) })
}

func (p *Pass) defineNorm(name string, x shapes.Shape) {
	scope := p.scope.At("%s", name)
	if scope.GetVariable("scale") != nil {
		exceptions.Panicf("two norms are named %q", name)
	}
	channels := x.Dim(-1)
	same := func(value float32) *tensors.Tensor {
		flat := make([]float32, channels)
		for i := range flat {
			flat[i] = value
		}
		return tensors.FromFlatDataAndDimensions(flat, channels)
	}
	scope.VariableWithValue("scale", same(1))
	scope.VariableWithValue("offset", same(0))
	scope.VariableWithValue("mean", same(0)).SetTrainable(false)
	scope.VariableWithValue("variance", same(1)).SetTrainable(false)
	p.net.norms++
}

func (p *Pass) norm(name string, x *Node) *Node {
	g, scope := x.Graph(), p.scope.At("%s", name)
	x = ConvertDType(x, scope.GetVariable("scale").Shape().DType)
	value := func(name string) *Node { return scope.GetVariable(name).NodeValue(g) }
	if p.norms == normsRunning {
		scale := Mul(value("scale"), ops.InverseStd(value("variance"), normEpsilon))
		shift := Sub(value("offset"), Mul(value("mean"), scale))
		return p.cast(Add(Mul(x, ExpandLeftToRank(scale, x.Rank())), ExpandLeftToRank(shift, x.Rank())))
	}
	y, mean, variance := ops.BatchNormalise(x, value("scale"), value("offset"), normEpsilon)
	if p.norms == normsRecalibrate {
		average := func(name string, new *Node) {
			old := value(name)
			moved := Add(old, Div(Sub(new, old), p.batch))
			// A choice, not a weight of zero: what an earlier network left may be anything.
			scope.GetVariable(name).SetNodeValue(Where(Equal(p.batch, OnesLike(p.batch)), new, moved))
		}
		count := float64(x.Shape().Size() / x.Shape().Dim(-1))
		average("mean", mean)
		average("variance", MulScalar(variance, count/max(count-1, 1)))
	}
	return p.cast(y)
}
