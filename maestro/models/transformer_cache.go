package models

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// Decoding goes piece by piece: the memory's keys and values are computed once, those of the target's earlier pieces
// are kept.

// Memory is what every decoder layer sees of source pieces, int32 [batch, S]: its keys and values, [batch, heads, S,
// width/heads] each, the first layer's first. It is a pass through the encoder.
func (s TransformerShape) Memory(p *lod.Pass, source *Node) (memory []*Node) {
	n := s.on(p.Part(source))
	x := n.encode(source, visible(source))
	for i := range s.Decoder {
		keys, values := p.KeysValues(fmt.Sprintf("decoder%d-cross", i+1), x, n.attention(i, nil))
		memory = append(memory, keys, values)
	}
	return memory
}

// CacheShape is the shape of each of the 2·Decoder tensors that Next keeps, for so many rows and pieces.
func (s TransformerShape) CacheShape(rows, pieces int) shapes.Shape {
	return shapes.Make(dtypes.Float32, rows, s.Heads, pieces, s.Width/s.Heads)
}

// Next gives the logits [rows, vocabulary] of the pieces that follow a target's piece number `at`, an int32 scalar
// from 0, which is pieces, int32 [rows]. cache is what it returned for the piece before, zeros for the first; source
// int32 [rows, S] and memory are the rows' of Memory, both nil in a language model.
func (s TransformerShape) Next(p *lod.Pass, pieces, at, source *Node, memory, cache []*Node) (logits *Node,
	next []*Node) {
	n := s.on(p.Part(pieces))
	g, rows, longest := pieces.Graph(), pieces.Shape().Dim(0), cache[0].Shape().Dim(2)
	position := Reshape(Gather(n.allPositions(g), Reshape(at, 1)), 1, s.Width)
	x := n.embed("target", Reshape(pieces, rows, 1), position)
	// Places after `at` hold zeros, or what another target left there.
	until := Reshape(LessOrEqual(Iota(g, shapes.Make(dtypes.Int32, longest), 0), at), 1, 1, 1, longest)
	var seen *Node
	if source != nil {
		seen = visible(source)
	}
	zero := ScalarZero(g, dtypes.Int32)
	for i := range s.Decoder {
		sees := decoderSees{selfMask: until, mask: seen, self: func(name string, x *Node) (keys, values *Node) {
			keys, values = p.KeysValues(name, x, n.attention(i, nil))
			put := func(into, what *Node) *Node {
				all := DynamicUpdateSlice(into, ConvertDType(what, into.DType()), []*Node{zero, zero, at, zero})
				next = append(next, all)
				return ConvertDType(all, what.DType())
			}
			return put(cache[2*i], keys), put(cache[2*i+1], values)
		}}
		if memory != nil {
			sees.memory = func(string) (keys, values *Node) { return memory[2*i], memory[2*i+1] }
		}
		n.decoderLayer(i, &x, sees)
	}
	return Reshape(n.output(x), rows, s.Vocabulary), next
}
