package models

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// TransformerShape is a Transformer (Vaswani et al. 2017) over pieces of text, of which 0 is padding. It has
// PyTorch's final norms: one after all encoder layers, one after all decoder layers.
type TransformerShape struct {
	Vocabulary  int     // pieces, of source and target alike
	Width       int     // of a piece's vector
	Heads       int     // of each attention, which divide Width
	FeedForward int     // width between the two layers of a feed-forward
	Encoder     int     // layers; a language model has none
	Decoder     int     // layers
	Longest     int     // pieces of a source or a target, at most
	Dropout     float64 // after embeddings, of attention's weights, within feed-forwards and before each residual sum
	PreNorm     bool    // norms before attention and feed-forward in place of after the residual sum
	Learnt      bool    // positions are learnt in place of sines
	// Shared is one embedding for source, target and the output's projection. Without it, each has its own.
	Shared bool
	// KeptFirst is how many of the first encoder layers, and of the first decoder layers, have matrices in place of
	// factors.
	KeptFirst int
	// FactorOutput puts the output's projection into factors, where it is not shared.
	FactorOutput bool
}

// Check is an error that names the first size that cannot be.
func (s TransformerShape) Check() error {
	for _, size := range []struct {
		name         string
		value, least int
	}{
		{"vocabulary", s.Vocabulary, 4}, {"width", s.Width, 2}, {"heads", s.Heads, 1},
		{"feed-forward width", s.FeedForward, 1},
		{"encoder layers", s.Encoder, 0}, {"decoder layers", s.Decoder, 1}, {"greatest length", s.Longest, 1},
		{"first layers kept whole", s.KeptFirst, 0},
	} {
		if size.value < size.least {
			return fmt.Errorf("transformer: %s is %d: it must be at least %d", size.name, size.value, size.least)
		}
	}
	switch {
	case s.Width%s.Heads != 0:
		return fmt.Errorf("transformer: width is %d, which %d heads do not divide: make it a multiple", s.Width,
			s.Heads)
	case s.Width%2 != 0 && !s.Learnt:
		return fmt.Errorf("transformer: width is %d, and positions of sines need an even one", s.Width)
	case !(s.Dropout >= 0 && s.Dropout < 1):
		return fmt.Errorf("transformer: dropout is %g: it must be from 0 to below 1", s.Dropout)
	case s.Shared && s.FactorOutput:
		return fmt.Errorf("transformer: an output that is shared with the embeddings has no factors: turn one of " +
			"the two off")
	}
	return nil
}

// Transformer translates: of source pieces, int32 [batch, S], and the target's pieces so far, int32 [batch, T], which
// begin with the begin piece, it gives the logits of the piece after each, float32 [batch, T, vocabulary]. Padding in
// the source is not seen; padding ends a target, and no piece sees those after it.
func Transformer(s TransformerShape) lod.Model {
	return func(p *lod.Pass, source *Node) *Node {
		n := s.on(p)
		seen := visible(source)
		memory := n.encode(source, seen)
		target := p.Input(1)
		x := n.embed("target", target, n.positions(p.Input(0).Graph(), target.Shape().Dim(1)))
		causal := causalMask(x)
		for i := range s.Decoder {
			n.decoderLayer(i, &x, decoderSees{
				self: func(name string, x *Node) (keys, values *Node) {
					return p.KeysValues(name, x,
						n.attention(i, nil))
				},
				selfMask: causal,
				memory: func(name string) (keys, values *Node) {
					return p.KeysValues(name, memory,
						n.attention(i, nil))
				},
				mask: seen,
			})
		}
		return n.output(x)
	}
}

// LanguageModel predicts: of pieces, int32 [batch, T], it gives the logits of the piece after each, float32 [batch, T,
// vocabulary]. It is the decoder alone; no piece sees those after it.
func LanguageModel(s TransformerShape) lod.Model {
	return func(p *lod.Pass, pieces *Node) *Node {
		n := s.on(p)
		x := n.embed("target", pieces, n.positions(pieces.Graph(), pieces.Shape().Dim(1)))
		causal := causalMask(x)
		for i := range s.Decoder {
			n.decoderLayer(i, &x, decoderSees{
				self: func(name string, x *Node) (keys, values *Node) {
					return p.KeysValues(name, x,
						n.attention(i, nil))
				},
				selfMask: causal,
			})
		}
		return n.output(x)
	}
}

// transformer is a shape in one pass.
type transformer struct {
	TransformerShape
	p      *lod.Pass
	tables map[string]*Node
}

func (s TransformerShape) on(p *lod.Pass) transformer {
	if err := s.Check(); err != nil {
		panic(err)
	}
	return transformer{s, p, map[string]*Node{}}
}

// table is the embedding of "source", "target" or "output".
func (n transformer) table(of string) *Node {
	if n.Shared {
		of = "shared"
	}
	name := of + "-embedding"
	if n.tables[name] == nil {
		n.tables[name] = n.p.Table(name, n.Vocabulary, n.Width, 1/math.Sqrt(float64(n.Width)))
	}
	return n.tables[name]
}

// embed is the vectors of pieces [batch, time], [batch, time, width], of positions [time, width].
func (n transformer) embed(of string, pieces, positions *Node) *Node {
	x := n.p.Embed(n.table(of), pieces)
	x = MulScalar(x, math.Sqrt(float64(n.Width)))
	return n.p.Dropout(Add(x, ConvertDType(ExpandDims(positions, 0), x.DType())), n.Dropout)
}

// positions are the vectors of the first places, [count, width].
func (n transformer) positions(g *Graph, count int) *Node {
	if count > n.Longest {
		panic(fmt.Errorf("transformer: %d pieces are longer than the model's greatest length of %d", count, n.Longest))
	}
	return Slice(n.allPositions(g), AxisRange(0, count))
}

func (n transformer) allPositions(g *Graph) *Node {
	if n.Learnt {
		if n.tables["positions"] == nil {
			n.tables["positions"] = n.p.Table("positions", n.Longest, n.Width, 0.02)
		}
		return n.tables["positions"]
	}
	return Const(g, sines(n.Longest, n.Width))
}

// sines are the positions of Vaswani et al. 2017, section 3.5: sin(t/10000^(2i/width)), and the cosine, for each i.
func sines(count, width int) [][]float32 {
	all := make([][]float32, count)
	for t := range all {
		all[t] = make([]float32, width)
		for i := 0; i < width; i += 2 {
			sin, cos := math.Sincos(float64(t) / math.Pow(10_000, float64(i)/float64(width)))
			all[t][i], all[t][i+1] = float32(sin), float32(cos)
		}
	}
	return all
}

// visible is true where source pieces [batch, time] are none of padding: [batch, 1, 1, time].
func visible(source *Node) *Node {
	return Reshape(NotEqual(source, ZerosLike(source)), source.Shape().Dim(0), 1, 1, source.Shape().Dim(1))
}

// causalMask is that of x [batch, time, width]: [1, 1, time, time], true where a query is not before a key.
func causalMask(x *Node) *Node {
	time := x.Shape().Dim(1)
	return Reshape(LowerTriangular(x.Graph(), time), 1, 1, time, time)
}

func (n transformer) attention(layer int, mask *Node) lod.Attention {
	return lod.Attention{Heads: n.Heads, Mask: mask, Dropout: n.Dropout, Kept: layer < n.KeptFirst}
}

// residual adds to x what f makes of it, with a norm before f, or after the sum.
func (n transformer) residual(name string, x *Node, f func(x *Node) *Node) *Node {
	if n.PreNorm {
		return Add(x, n.p.Dropout(f(n.p.LayerNorm(name, x)), n.Dropout))
	}
	return n.p.LayerNorm(name, Add(x, n.p.Dropout(f(x), n.Dropout)))
}

func (n transformer) encode(source, seen *Node) *Node {
	x := n.embed("source", source, n.positions(source.Graph(), source.Shape().Dim(1)))
	for i := range n.Encoder {
		name := fmt.Sprintf("encoder%d-", i+1)
		x = n.residual(name+"self-norm", x,
			func(x *Node) *Node { return n.p.Attention(name+"self", x, x, n.attention(i, seen)) })
		x = n.feedForward(name, i, x)
	}
	return n.p.LayerNorm("encoder-norm", x)
}

func (n transformer) feedForward(name string, layer int, x *Node) *Node {
	return n.residual(name+"feed-norm", x, func(x *Node) *Node {
		return n.p.FeedForward(name+"feed", x, n.FeedForward, n.Dropout, layer < n.KeptFirst)
	})
}

// decoderSees is what a decoder layer attends to: of itself, and of a memory, where there is one.
type decoderSees struct {
	self     func(attention string, x *Node) (keys, values *Node)
	selfMask *Node
	memory   func(attention string) (keys, values *Node)
	mask     *Node
}

func (n transformer) decoderLayer(i int, x **Node, sees decoderSees) {
	name := fmt.Sprintf("decoder%d-", i+1)
	*x = n.residual(name+"self-norm", *x, func(x *Node) *Node {
		keys, values := sees.self(name+"self", x)
		return n.p.Attend(name+"self", x, keys, values, n.attention(i, sees.selfMask))
	})
	if sees.memory != nil {
		*x = n.residual(name+"cross-norm", *x, func(x *Node) *Node {
			keys, values := sees.memory(name + "cross")
			return n.p.Attend(name+"cross", x, keys, values, n.attention(i, sees.mask))
		})
	}
	*x = n.feedForward(name, i, *x)
}

// output is the logits of the decoder's x [batch, time, width].
func (n transformer) output(x *Node) *Node {
	x = n.p.LayerNorm("decoder-norm", x)
	if n.Shared {
		x = n.p.Unembed(n.table("output"), x)
	} else {
		x = n.p.DenseOf("output", x, lod.DenseShape{Outputs: n.Vocabulary, Kept: !n.FactorOutput})
	}
	return ConvertDType(x, dtypes.Float32)
}
