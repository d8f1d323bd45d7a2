package lod

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// SamplerKind names a way of drawing the rank each layer runs at in a step.
type SamplerKind string

const (
	// SampleUniform truncates one layer at one rank, each pair once a shuffled cycle; the others run at their current
	// rank.
	SampleUniform SamplerKind = "uniform"
	// SampleIndependent draws a rank for every layer at once.
	SampleIndependent SamplerKind = "independent"
	// SampleFraction runs every layer at a quarter of its full rank, as Pufferfish does.
	SampleFraction SamplerKind = "fraction"
	// SampleNone runs every layer at its current rank: the factors are trained as any other weights are.
	SampleNone SamplerKind = "none"
)

// Check returns an error that names the known kinds when k is none of them.
func (k SamplerKind) Check() error {
	_, err := k.named()
	return err
}

func (k SamplerKind) named() (namedSampler, error) {
	all := samplers()
	i := slices.IndexFunc(all, func(s namedSampler) bool { return s.kind == k })
	if i < 0 {
		return namedSampler{}, fmt.Errorf("unknown sampler %q: use %s", k, strings.Join(SamplerNames(), ", "))
	}
	return all[i], nil
}

// Draw is at which ranks a step runs.
type Draw struct {
	Ranks []int32 // of every layer
	// First is the first layer whose rank is not its current one; the number of layers where each has its own. What
	// lies before it a full pass has computed already.
	First int
}

// Drawn is the draw of these ranks from layers.
func Drawn(layers []Layer, ranks []int32) Draw {
	first := 0
	for first < len(layers) && first < len(ranks) && ranks[first] == int32(layers[first].Rank) {
		first++
	}
	return Draw{Ranks: ranks, First: first}
}

// Check is an error that names what no step can run at: a rank for each layer is needed, from 0 to its current one.
func (d Draw) Check(layers []Layer) error {
	if len(d.Ranks) != len(layers) {
		return fmt.Errorf("the sampler drew %d ranks for %d layers", len(d.Ranks), len(layers))
	}
	for i, l := range layers {
		switch r := d.Ranks[i]; {
		case l.Matrix && r != int32(l.Rank):
			return fmt.Errorf("the sampler drew rank %d for layer %s, which is one matrix and always has %d", r,
				l.Name, l.Rank)
		case r < 0 || r > int32(l.Rank):
			return fmt.Errorf("the sampler drew rank %d for layer %s, whose rank is %d: it must be from 0 to that", r,
				l.Name, l.Rank)
		}
	}
	if first := Drawn(layers, d.Ranks).First; d.First != first {
		return fmt.Errorf("the sampler says that ranks differ from layer %d on, and they do from layer %d on: "+
			"lod.Drawn finds it", d.First, first)
	}
	return nil
}

// Sampler draws the ranks of every layer for one step after the other. It is for one goroutine.
type Sampler interface {
	// Draw is the next step's. Layers of one matrix have their own rank in it, the others from 0 to theirs.
	Draw() Draw
	// Resize goes on with layers whose ranks have changed. After an error the sampler is as it was.
	Resize(layers []Layer) error
	// State is what Restore needs to go on where the sampler is, in a sampler of the same kind, seed and layers.
	State() (json.RawMessage, error)
	Restore(state json.RawMessage) error
}

// namedSampler is a sampler under the name that settings have for it.
type namedSampler struct {
	kind SamplerKind
	make func(kind SamplerKind, layers []Layer, seed uint64) (Sampler, error)
}

func samplers() []namedSampler {
	return []namedSampler{
		{SampleUniform, newKindSampler}, {SampleIndependent, newKindSampler}, {SampleFraction, newKindSampler},
		{SampleNone, newKindSampler},
		{SampleGeometric, newGeometric}, {SampleImportance, newByImportance}, {SampleAnnealed, newAnnealed},
	}
}

// SamplerNames are the kinds that NewSampler knows.
func SamplerNames() (names []string) {
	for _, s := range samplers() {
		names = append(names, string(s.kind))
	}
	return names
}

// NewSampler returns a sampler of a kind for layers at their current ranks.
func NewSampler(kind SamplerKind, layers []Layer, seed uint64) (Sampler, error) {
	named, err := kind.named()
	if err != nil {
		return nil, err
	}
	return named.make(kind, layers, seed)
}

func newKindSampler(kind SamplerKind, layers []Layer, seed uint64) (Sampler, error) {
	source := rand.NewPCG(seed, samplerStream)
	s := &kindSampler{kind: kind, source: source, rng: rand.New(source)}
	return s, s.Resize(layers)
}

// samplerStream sets the sampler's random numbers apart from others drawn with the same seed.
const samplerStream = 0x5a3b1e

// kindSampler samples in one of the named ways.
type kindSampler struct {
	kind   SamplerKind
	layers []Layer
	source *rand.PCG
	rng    *rand.Rand
	pairs  *Uniform // of SampleUniform; nil while every layer is at rank 0
}

// Resize starts a new cycle of the layers' pairs. A negative rank is an error.
func (s *kindSampler) Resize(layers []Layer) error {
	ranks, left := make([]int, len(layers)), 0
	for i, l := range layers {
		if l.Rank < 0 {
			return fmt.Errorf("layer %s has rank %d: a rank cannot be negative", l.Name, l.Rank)
		}
		ranks[i] = l.Sampled()
		left += ranks[i]
	}
	var pairs *Uniform
	if s.kind == SampleUniform && left > 0 {
		var err error
		if pairs, err = NewUniform(ranks, s.rng); err != nil {
			return err
		}
	}
	s.layers, s.pairs = slices.Clone(layers), pairs
	return nil
}

func (s *kindSampler) Draw() Draw {
	ranks := make([]int32, len(s.layers))
	for i, l := range s.layers {
		ranks[i] = int32(l.Rank)
		switch {
		case l.Matrix:
		case s.kind == SampleFraction:
			ranks[i] = min(ranks[i], int32((l.Full()+3)/4))
		case s.kind == SampleIndependent && l.Rank > 0:
			ranks[i] = int32(1 + s.rng.IntN(l.Rank))
		}
	}
	if s.pairs != nil {
		p := s.pairs.Next()
		ranks[p.Layer] = int32(p.Rank)
	}
	return Drawn(s.layers, ranks)
}

// samplerState is a kindSampler's.
type samplerState struct {
	Source []byte `json:"source"` // of the random numbers
	Pairs  []Pair `json:"pairs,omitempty"`
	Next   int    `json:"next"`
}

func (s *kindSampler) State() (json.RawMessage, error) {
	source, err := s.source.MarshalBinary()
	if err != nil {
		return nil, err
	}
	state := samplerState{Source: source}
	if s.pairs != nil {
		state.Pairs, state.Next = s.pairs.pairs, s.pairs.next
	}
	return json.Marshal(state)
}

func (s *kindSampler) Restore(saved json.RawMessage) error {
	var state samplerState
	if err := json.Unmarshal(saved, &state); err != nil {
		return fmt.Errorf("the sampler's state: %w", err)
	}
	if s.pairs != nil {
		if len(state.Pairs) != len(s.pairs.pairs) || state.Next < 0 || state.Next > len(state.Pairs) {
			return fmt.Errorf("the sampler's state is of other ranks: it has %d pairs, the layers %d", len(state.Pairs),
				len(s.pairs.pairs))
		}
		s.pairs.pairs, s.pairs.next = state.Pairs, state.Next
	}
	return s.source.UnmarshalBinary(state.Source)
}
