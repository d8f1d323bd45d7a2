package lod

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/maestro-lod/notebook/maestro/ops"
)

// Pass is one traversal of a network in one graph. Two passes may share a graph; they share their weights.
type Pass struct {
	net     *Network
	scope   *model.Scope
	inputs  []*Node
	ranks   *Node   // int32 [layers]: the rank each layer runs at; nil for all that is stored
	next    int     // index of the next factorised layer
	define  bool    // the pass that finds out which layers there are
	made    []*Node // the outputs of layers and norms so far
	other   *Pass   // the pass whose outputs this one reuses, or nil
	first   int     // the layer from which on it computes its own
	norms   normMode
	batch   *Node        // of a recalibrating pass: the batch's number from 1, float32
	unfused bool         // a layer's factors are applied one after the other, never multiplied first
	dtype   dtypes.DType // that layers compute in; zero for that of what they are applied to
	random  *Node        // uint64 [2] that dropout draws from; nil for none
	drops   int          // dropouts so far
	seed    uint64       // of the tables that the defining pass draws
	part    bool         // layers are found by their names, in any order
	observe func(layer int, rows *Node)
}

// Pass starts a traversal. ranks, int32 [layers], is the rank each layer runs at, known only at run time, where one
// above a layer's columns is all of them and nobody can refuse it; nil runs every layer with all its columns.
func (n *Network) Pass(ranks *Node) *Pass {
	if ranks != nil && (ranks.DType() != dtypes.Int32 || ranks.Rank() != 1 || ranks.Shape().Dim(0) != len(n.Layers)) {
		exceptions.Panicf("a pass takes the ranks of its %d layers as (Int32)[%d], and is given %s", len(n.Layers),
			len(n.Layers), ranks.Shape())
	}
	return &Pass{net: n, scope: n.store.RootScope().At("model"), ranks: ranks}
}

// PassFrom starts a traversal that differs from an earlier one in the same graph, with the same input, only from
// layer `first` on: there the two run at other ranks. The outputs of the layers before it are reused, so that neither
// it nor its gradient is computed twice.
func (n *Network) PassFrom(first int, other *Pass, ranks *Node) *Pass {
	p := n.Pass(ranks)
	p.other, p.first, p.dtype, p.random = other, first, other.dtype, other.random
	return p
}

// Unfused makes the pass apply a layer's two factors one after the other, also where multiplying them first would take
// less time at this batch size, and lets XLA convolve: the form in which a network is deployed.
func (p *Pass) Unfused() *Pass {
	p.unfused = true
	return p
}

// Part makes the pass one through a part of the model on inputs of its own, such as a decoder without its encoder: it
// may leave layers out and apply them in any order.
func (p *Pass) Part(inputs ...*Node) *Pass {
	p.part, p.inputs = true, inputs
	return p
}

// Input is one of the model's inputs, from 0 on; 0 is what the model is called with.
func (p *Pass) Input(i int) *Node {
	if i >= len(p.inputs) {
		exceptions.Panicf("the model asks for input %d and has %d", i, len(p.inputs))
	}
	return p.inputs[i]
}

// Scope is where a model keeps variables of its own, beside those of the factorised layers.
func (p *Pass) Scope(name string) *model.Scope { return p.scope.At("%s", name) }

// Dense applies a factorised dense layer with bias to x [batch, inputs] and returns [batch, outputs]; of a sequence,
// or any x [batch, …, inputs], to each of its places alike.
func (p *Pass) Dense(name string, x *Node, outputs int) *Node {
	return p.DenseOf(name, x, DenseShape{Outputs: outputs})
}

// DenseShape is the form of a dense layer.
type DenseShape struct {
	Outputs int
	// Kept makes it one matrix in place of two factors, for good: nothing of it is sampled, and no method factorises
	// it.
	Kept bool
}

// DenseOf is Dense of a form.
func (p *Pass) DenseOf(name string, x *Node, d DenseShape) *Node {
	outputs := d.Outputs
	atLeastOne(name, "outputs", outputs)
	switch dims := x.Shape().Dimensions; {
	case len(dims) < 2:
		exceptions.Panicf("layer %s: a dense layer takes [batch, inputs] or [batch, …, inputs], got %s", name,
			x.Shape())
	case len(dims) > 2:
		i := p.layer(Layer{Name: name, Outputs: outputs, Inputs: x.Shape().Dim(-1),
			Positions: x.Shape().Size() / dims[0] / x.Shape().Dim(-1), Bias: true, Kept: d.Kept})
		y := p.dense(i, Reshape(x, -1, x.Shape().Dim(-1)), outputs)
		return Reshape(y, append(slices.Clone(dims[:len(dims)-1]), outputs)...)
	}
	i := p.layer(Layer{Name: name, Outputs: outputs, Inputs: x.Shape().Dim(1), Positions: 1, Bias: true, Kept: d.Kept,
		Flattened: flattened(x)})
	return p.dense(i, x, outputs)
}

// dense applies layer i to x [examples, inputs].
func (p *Pass) dense(i int, x *Node, outputs int) *Node {
	return p.apply(i < p.first, func() *Node {
		x, w := p.cast(x), p.weights(i, x.Graph())
		if p.observe != nil {
			p.observe(i, x)
		}
		switch {
		case w == nil:
			return Zeros(x.Graph(), shapes.Make(x.DType(), x.Shape().Dim(0), outputs))
		case w.matrix != nil:
			return addBias(Einsum("bn,nm->bm", x, w.matrix), w.bias)
		case w.u == nil:
			return BroadcastToDims(ExpandDims(p.cast(w.bias), 0), x.Shape().Dim(0), outputs)
		}
		d := Dense{U: w.u, V: w.v, Bias: w.bias, Unfused: p.unfused}
		if p.ranks == nil {
			return d.Apply(x)
		}
		return d.ApplyTruncated(x, p.rank(i))
	})
}

// ConvShape is the geometry of a convolution.
type ConvShape struct {
	Outputs int // channels
	Kernel  int // k of k×k
	Stride  int // 0 means 1
	Padding int // zeros added on each side
	NoBias  bool
}

// Conv applies a factorised convolution with bias to x [batch, height, width, channels].
func (p *Pass) Conv(name string, x *Node, c ConvShape) *Node {
	if x.Rank() != 4 {
		exceptions.Panicf("layer %s: a convolution takes [batch, height, width, channels], got %s", name, x.Shape())
	}
	atLeastOne(name, "outputs", c.Outputs)
	atLeastOne(name, "kernel", c.Kernel)
	if c.Stride < 0 || c.Padding < 0 {
		exceptions.Panicf("layer %s: stride is %d and padding %d: neither can be negative", name, c.Stride, c.Padding)
	}
	stride := max(c.Stride, 1)
	size := func(in int) int { return (in+2*c.Padding-c.Kernel)/stride + 1 }
	height, width, channels := size(x.Shape().Dim(1)), size(x.Shape().Dim(2)), x.Shape().Dim(3)
	if height < 1 || width < 1 {
		exceptions.Panicf("layer %s: a %d×%d kernel does not fit into %s", name, c.Kernel, c.Kernel, x.Shape())
	}
	i := p.layer(Layer{Name: name, Outputs: c.Outputs, Inputs: c.Kernel * c.Kernel * channels, Kernel: c.Kernel,
		Positions: height * width, Channels: channels, Bias: !c.NoBias})
	return p.apply(i < p.first, func() *Node {
		x, w := p.cast(x), p.weights(i, x.Graph())
		if p.observe != nil {
			p.observe(i, covered(x, c.Kernel, stride, c.Padding))
		}
		switch {
		case w == nil || w.matrix == nil && w.u == nil && w.bias == nil:
			return Zeros(x.Graph(), shapes.Make(x.DType(), x.Shape().Dim(0), height, width, c.Outputs))
		case w.matrix != nil:
			return addBias(ops.Conv2D(x, w.matrix, stride, c.Padding, p.unfused), w.bias)
		case w.u == nil:
			return BroadcastToDims(ExpandLeftToRank(p.cast(w.bias), 4), x.Shape().Dim(0), height, width, c.Outputs)
		}
		conv := Conv{U: w.u, V: w.v, Bias: w.bias, Stride: stride, Padding: c.Padding, Unfused: p.unfused}
		if p.ranks == nil {
			return conv.Apply(x)
		}
		return conv.ApplyTruncated(x, p.rank(i))
	})
}

func atLeastOne(layer, what string, n int) {
	if n < 1 {
		exceptions.Panicf("layer %s: %s is %d: it must be at least 1", layer, what, n)
	}
}

// apply is the output of a layer or a norm: what the other pass made of it where the two do not differ yet.
func (p *Pass) apply(same bool, own func() *Node) *Node {
	var y *Node
	if i := len(p.made); p.other == nil || !same {
		y = own()
	} else if y = p.other.made[min(i, len(p.other.made)-1)]; i >= len(p.other.made) {
		exceptions.Panicf("lod.PassFrom: the other pass has not gone as far as layer %d", p.first)
	}
	p.made = append(p.made, y)
	return y
}

// layer returns the index of the layer that the model applies now, and on the defining pass enters it.
func (p *Pass) layer(l Layer) int {
	if p.part {
		i := slices.IndexFunc(p.net.Layers, func(other Layer) bool { return other.Name == l.Name })
		if i < 0 {
			exceptions.Panicf("the network has no layer %q", l.Name)
		}
		return i
	}
	i := p.next
	p.next++
	atLeastOne(l.Name, "inputs", l.Inputs)
	if p.define {
		for _, other := range p.net.Layers {
			if other.Name == l.Name {
				exceptions.Panicf("two layers are named %q", l.Name)
			}
		}
		l.Rank, l.Stored = l.Full(), l.Full()
		p.net.Layers = append(p.net.Layers, l)
		return i
	}
	if i >= len(p.net.Layers) || p.net.Layers[i].Name != l.Name {
		exceptions.Panicf("layer %q comes as number %d, where the model had another before: a model must apply the "+
			"same layers in the same order every time", l.Name, i+1)
	}
	return i
}

// layerWeights are a layer's weights in a graph: one matrix or two factors, both nil at rank 0, in the pass's type,
// and the bias, float32, nil if it has none.
type layerWeights struct{ matrix, u, v, bias *Node }

// weights is nil on the defining pass, before there are any.
func (p *Pass) weights(layer int, g *Graph) *layerWeights {
	if p.define {
		return nil
	}
	value := func(name string) *Node {
		if v := p.net.scope(layer).GetVariable(name); v != nil {
			return v.NodeValue(g)
		}
		return nil
	}
	return &layerWeights{matrix: p.cast(value("matrix")), u: p.cast(value("u")), v: p.cast(value("v")),
		bias: value("bias")}
}

// rank is the scalar rank of a layer in this pass.
func (p *Pass) rank(layer int) *Node {
	return Reshape(Slice(p.ranks, AxisElem(layer)))
}
