package lod

import (
	"hash/fnv"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Table is a trainable variable [rows, width] of the model, such as an embedding: drawn from a normal distribution of a
// standard deviation, and kept full. The model may use it in several places.
func (p *Pass) Table(name string, rows, width int, deviation float64) *Node {
	atLeastOne(name, "rows", rows)
	atLeastOne(name, "width", width)
	scope := p.scope.At("%s", name)
	if p.define {
		if scope.GetVariable("table") != nil {
			exceptions.Panicf("two tables are named %q", name)
		}
		stream := fnv.New64a()
		_, _ = stream.Write([]byte(name))
		rng := rand.New(rand.NewPCG(p.seed, stream.Sum64()))
		flat := make([]float32, rows*width)
		for i := range flat {
			flat[i] = float32(deviation * rng.NormFloat64())
		}
		scope.VariableWithValue("table", tensors.FromFlatDataAndDimensions(flat, rows, width))
	}
	return scope.GetVariable("table").NodeValue(p.inputs[0].Graph())
}

// Embed is the rows of a table [rows, width] at ids, integers [batch, …]: [batch, …, width].
func (p *Pass) Embed(table, ids *Node) *Node {
	return p.apply(p.next <= p.first, func() *Node { return p.cast(Gather(table, ExpandDims(ids, -1))) })
}

// Unembed is the product of each vector of x [batch, …, width] with each row of a table [rows, width], [batch, …,
// rows]: the logits where the table is the embedding (Press and Wolf 2017). Its multiply-adds are counted with the
// layer before it.
func (p *Pass) Unembed(table, x *Node) *Node {
	dims := x.Shape().Dimensions
	p.beside(int64(x.Shape().Size() / dims[0] * table.Shape().Dim(0)))
	return p.apply(p.next <= p.first, func() *Node {
		flat := Reshape(p.cast(x), -1, dims[len(dims)-1])
		y := Einsum("nw,vw->nv", flat, p.cast(table))
		return Reshape(y, append(append([]int{}, dims[:len(dims)-1]...), table.Shape().Dim(0))...)
	})
}

// beside counts multiply-adds for one example with the layer that was applied last.
func (p *Pass) beside(macs int64) {
	if n := len(p.net.Layers); p.define && n > 0 {
		p.net.Layers[n-1].Beside += macs
	}
}
