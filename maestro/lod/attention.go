package lod

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/maestro-lod/notebook/maestro/ops"
)

// Attention is multi-head attention (Vaswani et al. 2017), whose projections of the queries, keys and values and of
// what comes out are dense layers of their own: NAME-query, NAME-key, NAME-value and NAME-output.
type Attention struct {
	Heads int // which the width must be a multiple of
	// Mask is boolean, [batch or 1, 1, queries or 1, keys], true where a query sees a key; nil where each sees all.
	Mask    *Node
	Dropout float64 // of the softmax
	Kept    bool    // the projections are one matrix each
}

// Attention applies it to x [batch, time, width], with keys and values from memory [batch, times, width]: x itself for
// self-attention.
func (p *Pass) Attention(name string, x, memory *Node, a Attention) *Node {
	keys, values := p.KeysValues(name, memory, a)
	return p.Attend(name, x, keys, values, a)
}

// KeysValues are an attention's keys and values of memory [batch, times, width], [batch, heads, times, width/heads]
// each.
func (p *Pass) KeysValues(name string, memory *Node, a Attention) (keys, values *Node) {
	if memory.Rank() != 3 || a.Heads < 1 || memory.Shape().Dim(2)%a.Heads != 0 {
		exceptions.Panicf("attention %s: it takes [batch, time, width] with a width that its %d heads divide, got %s",
			name, a.Heads, memory.Shape())
	}
	width := memory.Shape().Dim(2)
	keys = p.DenseOf(name+"-key", memory, DenseShape{Outputs: width, Kept: a.Kept})
	values = p.DenseOf(name+"-value", memory, DenseShape{Outputs: width, Kept: a.Kept})
	return heads(keys, a.Heads), heads(values, a.Heads)
}

// Attend is the attention of x [batch, time, width] to keys and values that KeysValues made, perhaps earlier. The
// multiply-adds of its two products are counted with the projection of the queries.
func (p *Pass) Attend(name string, x, keys, values *Node, a Attention) *Node {
	dims := x.Shape().Dimensions
	if len(dims) != 3 || dims[2] != a.Heads*keys.Shape().Dim(3) {
		exceptions.Panicf("attention %s: it takes [batch, time, %d], got %s", name, a.Heads*keys.Shape().Dim(3),
			x.Shape())
	}
	queries := heads(p.DenseOf(name+"-query", x, DenseShape{Outputs: dims[2], Kept: a.Kept}), a.Heads)
	p.beside(2 * int64(dims[1]) * int64(keys.Shape().Dim(2)) * int64(dims[2]))
	drop := p.dropper(x.Graph(), a.Dropout) // before apply, which must find the same dropouts in both passes
	y := p.apply(p.next <= p.first, func() *Node { return ops.Attend(queries, keys, values, a.Mask, drop) })
	y = Reshape(TransposeAllAxes(y, 0, 2, 1, 3), dims...)
	return p.DenseOf(name+"-output", y, DenseShape{Outputs: dims[2], Kept: a.Kept})
}

// heads splits x [batch, time, width] into [batch, heads, time, width/heads].
func heads(x *Node, n int) *Node {
	dims := x.Shape().Dimensions
	return TransposeAllAxes(Reshape(x, dims[0], dims[1], n, dims[2]/n), 0, 2, 1, 3)
}

// FeedForward is a Transformer's: two dense layers, NAME-1 of `hidden` outputs and NAME-2 of as many as x [batch, …,
// width] has, with a ReLU and dropout between.
func (p *Pass) FeedForward(name string, x *Node, hidden int, dropout float64, kept bool) *Node {
	width := x.Shape().Dim(-1)
	h := p.DenseOf(name+"-1", x, DenseShape{Outputs: hidden, Kept: kept})
	h = Where(GreaterThan(h, ZerosLike(h)), h, ZerosLike(h))
	return p.DenseOf(name+"-2", p.Dropout(h, dropout), DenseShape{Outputs: width, Kept: kept})
}
