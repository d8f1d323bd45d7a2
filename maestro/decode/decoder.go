// Package decode translates with a trained Transformer: piece by piece, with the keys and values of earlier pieces
// kept, greedily or by beam search.
package decode

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
)

// Settings say how translations are searched for.
type Settings struct {
	Batch int // sentences at once
	// Beam is how many hypotheses of a sentence are followed; with one, the likeliest piece is taken each time.
	Beam int
	// LengthPenalty is α of Wu et al. 2016 (arXiv:1609.08144, section 7): hypotheses are compared by log
	// P/((5+n)/6)^α, of n pieces with their end. 0 compares probabilities, which favours short ones.
	LengthPenalty float64
	Source        int // pieces of a source, at most; 0 for as many as the model takes
	Longest       int // pieces of a translation, with its end, at most; 0 for as many as the model takes
}

// Defaults are those of Vaswani et al. 2017: four hypotheses, α = 0.6.
func Defaults() Settings { return Settings{Batch: 16, Beam: 4, LengthPenalty: 0.6} }

// Greedy takes the likeliest piece each time.
func Greedy() Settings { return Settings{Batch: 16, Beam: 1} }

// check is an error that names the first setting that cannot be, with what 0 stands for filled in.
func (s *Settings) check(m models.TransformerShape) error {
	if s.Source == 0 {
		s.Source = m.Longest
	}
	if s.Longest == 0 {
		s.Longest = m.Longest
	}
	for _, n := range []struct {
		name               string
		value, least, most int
	}{
		{"batch", s.Batch, 1, math.MaxInt32}, {"beam", s.Beam, 1, math.MaxInt32},
		{"greatest length of a source", s.Source, 1, m.Longest}, {"greatest length of a translation", s.Longest, 1,
			m.Longest},
	} {
		if n.value < n.least {
			return fmt.Errorf("decode: %s is %d: it must be at least %d", n.name, n.value, n.least)
		}
		if n.value > n.most {
			return fmt.Errorf("decode: %s is %d: the model takes %d pieces at most", n.name, n.value, n.most)
		}
	}
	if !(s.LengthPenalty >= 0) || math.IsInf(s.LengthPenalty, 1) {
		return fmt.Errorf("decode: length penalty is %g: it must be at least 0", s.LengthPenalty)
	}
	return m.Check()
}

// Decoder is a network compiled to translate batches of sentences. It uses the network's weights as they are at each
// call; its ranks may not change. It is for one goroutine at a time.
type Decoder struct {
	settings     Settings
	vocabulary   int
	cache        shapes.Shape // of each of the tensors that are kept
	caches       int
	memory, step *model.Exec
}

// New compiles a network whose model is models.Transformer of a shape; a network that was cut or deployed is as good.
func New(backend compute.Backend, n *lod.Network, m models.TransformerShape, s Settings) (*Decoder, error) {
	if err := s.check(m); err != nil {
		return nil, err
	}
	if len(n.Inputs) != 2 {
		return nil, fmt.Errorf("decode: the model has %d inputs, and one that translates has two, source and target",
			len(n.Inputs))
	}
	if err := n.CheckFinite(); err != nil {
		return nil, fmt.Errorf("decode: %w, as training that diverged leaves them", err)
	}
	rows := s.Batch * s.Beam
	d := &Decoder{settings: s, vocabulary: m.Vocabulary, cache: m.CacheShape(rows, s.Longest), caches: 2 * m.Decoder}
	var err error
	d.memory, err = model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*Node) []*Node {
		source := in[0]
		kept := append([]*Node{source}, m.Memory(n.Pass(nil).Eval().Unfused(), source)...)
		for i, x := range kept {
			kept[i] = repeat(x, s.Beam)
		}
		return kept
	})
	if err != nil {
		return nil, firstLine("building the encoder", err)
	}
	d.step, err = model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*Node) []*Node {
		pieces, at, parents := in[0], in[1], in[2]
		kept, cache := in[3:4+d.caches], in[4+d.caches:]
		if s.Beam > 1 {
			for i, x := range cache {
				cache[i] = Gather(x, ExpandDims(parents, -1))
			}
		}
		logits, next := m.Next(n.Pass(nil).Eval().Unfused(), pieces, at, kept[0], kept[1:], cache)
		values, ids := likeliest(logits, min(s.Beam, m.Vocabulary-2))
		return append([]*Node{values, ids}, next...)
	})
	if err != nil {
		d.memory.Finalize()
		return nil, firstLine("building the decoder", err)
	}
	return d, nil
}

// Close frees the programs.
func (d *Decoder) Close() {
	d.memory.Finalize()
	d.step.Finalize()
}

// repeat has each row of x [batch, …] so many times, one after another.
func repeat(x *Node, times int) *Node {
	if times == 1 {
		return x
	}
	dims := x.Shape().Dimensions
	wide := append([]int{dims[0], times}, dims[1:]...)
	return Reshape(BroadcastToDims(ExpandDims(x, 1), wide...), append([]int{dims[0] * times}, dims[1:]...)...)
}

// scored are the likeliest pieces of each row: [rows, k] each, flat.
type scored struct {
	values []float32
	ids    []int32
	k      int
}

// state is what is kept on the device between the steps of a batch.
type state struct{ memory, cache []*tensors.Tensor }

// begin encodes sources, Batch rows of Source pieces each, flat.
func (d *Decoder) begin(sources []int32) (*state, error) {
	memory, err := d.memory.Exec(tensors.FromFlatDataAndDimensions(sources, d.settings.Batch, d.settings.Source))
	if err != nil {
		return nil, firstLine("encoding the sources", err)
	}
	s := &state{memory: memory}
	for range d.caches {
		s.cache = append(s.cache, tensors.FromShape(d.cache))
	}
	return s, nil
}

// next goes one piece further: pieces are those at place `at` of each row, whose earlier ones are row parents' of the
// step before.
func (d *Decoder) next(s *state, pieces []int32, at int, parents []int32) (scored, error) {
	in := []any{pieces, int32(at), parents}
	for _, t := range append(s.memory[:len(s.memory):len(s.memory)], s.cache...) {
		in = append(in, t)
	}
	out, err := d.step.Exec(in...)
	if err != nil {
		return scored{}, firstLine("decoding a piece", err)
	}
	free(s.cache)
	s.cache = out[2:]
	defer free(out[:2])
	values, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		return scored{}, err
	}
	if slices.ContainsFunc(values, func(x float32) bool { return x != x }) {
		return scored{}, fmt.Errorf("decode: the model gives NaN for piece %d: its weights are too large for float32",
			at+1)
	}
	ids, err := tensors.CopyFlatData[int32](out[1])
	return scored{values, ids, out[1].Shape().Dim(1)}, err
}

func (s *state) close() {
	free(s.memory)
	free(s.cache)
}

func free(all []*tensors.Tensor) {
	for _, t := range all {
		_ = t.FinalizeAll() // memory that is not needed any more
	}
}

// firstLine keeps the first line of GoMLX's errors, which carry their stacks.
func firstLine(what string, err error) error {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("decode: %s: %s", what, line)
}
