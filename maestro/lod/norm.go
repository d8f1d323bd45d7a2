package lod

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"
)

// normMode says where a pass's batch norms have their statistics from.
type normMode int

const (
	normsOfBatch  normMode = iota // the batch at hand, as in training
	normsGather                   // the same, and they are averaged into the network's variables
	normsGathered                 // those variables
)

// normEpsilon is PyTorch's.
const normEpsilon = 1e-5

// Gather makes the pass average its batch norms' statistics over batches, this one being number `batch` (a float32
// scalar, from 1): number 1 starts anew. Statistics belong to the network at the ranks and weights they were gathered
// with, so they are gathered before it is measured, and again after every cut.
func (p *Pass) Gather(batch *Node) *Pass {
	p.norms, p.batch = normsGather, batch
	return p
}

// Gathered makes the pass normalise by the statistics that passes with Gather averaged.
func (p *Pass) Gathered() *Pass {
	p.norms = normsGathered
	return p
}

// HasNorms says whether the model has batch norms, whose statistics must be gathered.
func (n *Network) HasNorms() bool { return n.norms > 0 }

// BatchNorm normalises the last axis of x over all others, then scales and shifts it: (x − mean)/√(variance + 1e-5)·scale
// + offset (Ioffe and Szegedy). In training mean and variance are the batch's; a network that is measured uses the mean
// of the batches' means and of their unbiased variances.
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
	if p.norms == normsGathered {
		scale := Mul(value("scale"), inverseRoot(value("variance")))
		shift := Sub(value("offset"), Mul(value("mean"), scale))
		return p.cast(Add(Mul(x, ExpandLeftToRank(scale, x.Rank())), ExpandLeftToRank(shift, x.Rank())))
	}
	y, mean, variance := normalise(x, value("scale"), value("offset"))
	if p.norms == normsGather {
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

// normalise is x less its mean over its standard deviation, each channel by itself, times the scale plus the offset; mean
// and variance are [channels]. All three gradients come of two sums (Ioffe and Szegedy, section 3), that of what comes
// back and that of it along the normalised x. Those that GoMLX derives make four, and write what they sum to memory.
func normalise(x, scale, offset *Node) (y, mean, variance *Node) {
	rows := float64(x.Shape().Size() / x.Shape().Dim(-1))
	average := func(x *Node) *Node { return MulScalar(sumColumns(x), 1/rows) }
	stopped, whole := StopGradient(x), StopGradient(scale)
	mean = average(stopped)
	centred := Sub(stopped, spread(mean, x))
	variance = average(Square(centred))
	root := inverseRoot(variance)
	normal := Mul(centred, spread(root, x))
	y = Add(Mul(normal, spread(whole, x)), spread(StopGradient(offset), x))
	y = withGradient(y, []*Node{x, scale, offset}, func(g *Node) []*Node {
		sum, along := sumColumns(g), sumColumns(Mul(g, normal))
		rest := Sub(Sub(g, spread(MulScalar(sum, 1/rows), x)), Mul(normal, spread(MulScalar(along, 1/rows), x)))
		return []*Node{Mul(Mul(rest, spread(whole, x)), spread(root, x)), along, sum}
	})
	return y, mean, variance
}

// inverseRoot is in two steps since GoMLX's Rsqrt has no gradient.
func inverseRoot(variance *Node) *Node { return Inverse(Sqrt(AddScalar(variance, normEpsilon))) }
