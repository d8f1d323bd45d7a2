package lod

import (
	"fmt"
	"math/rand/v2"
)

// Pair is what one training step samples beside its mini-batch: layer Layer (from 0) runs truncated to its first
// Rank columns (from 1), every other layer runs at its current rank.
type Pair struct {
	Layer, Rank int
}

// Uniform draws (layer, rank) pairs without replacement: every pair of every layer comes once, in random order, before
// any comes again. It is not safe for concurrent use.
type Uniform struct {
	pairs []Pair
	next  int
	rng   *rand.Rand
}

// NewUniform returns a sampler over layers of the given current ranks. A layer of rank 0 has nothing to sample; it is
// an error when that holds for all of them, or when a rank is negative.
func NewUniform(ranks []int, rng *rand.Rand) (*Uniform, error) {
	s := &Uniform{rng: rng}
	for layer, r := range ranks {
		if r < 0 {
			return nil, fmt.Errorf("layer %d has rank %d: a rank cannot be negative", layer, r)
		}
		for b := 1; b <= r; b++ {
			s.pairs = append(s.pairs, Pair{Layer: layer, Rank: b})
		}
	}
	if len(s.pairs) == 0 {
		return nil, fmt.Errorf("nothing to sample: all of the %d layers have rank 0", len(ranks))
	}
	s.next = len(s.pairs)
	return s, nil
}

// Next draws one pair.
func (s *Uniform) Next() Pair {
	if s.next == len(s.pairs) {
		s.rng.Shuffle(len(s.pairs), func(i, j int) { s.pairs[i], s.pairs[j] = s.pairs[j], s.pairs[i] })
		s.next = 0
	}
	s.next++
	return s.pairs[s.next-1]
}

// SamplerKind names a way of drawing the rank each layer runs at in a step.
type SamplerKind string

const (
	// SampleUniform truncates one layer at one rank, each pair once a shuffled cycle; the others run at their current rank.
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
	if k != SampleUniform && k != SampleIndependent && k != SampleFraction && k != SampleNone {
		return fmt.Errorf("unknown sampler %q: use %q, %q, %q or %q", k, SampleUniform, SampleIndependent, SampleFraction, SampleNone)
	}
	return nil
}

// Sampler draws the ranks of every layer for one step after the other. Its state can be saved and restored.
type Sampler struct {
	kind   SamplerKind
	layers []Layer
	source *rand.PCG
	rng    *rand.Rand
	pairs  *Uniform // of SampleUniform; nil while every layer is at rank 0
}

// NewSampler returns a sampler for layers at their current ranks.
func NewSampler(kind SamplerKind, layers []Layer, seed uint64) (*Sampler, error) {
	if err := kind.Check(); err != nil {
		return nil, err
	}
	source := rand.NewPCG(seed, samplerStream)
	s := &Sampler{kind: kind, source: source, rng: rand.New(source)}
	s.Relayer(layers)
	return s, nil
}

// samplerStream sets the sampler's random numbers apart from others drawn with the same seed.
const samplerStream = 0x5a3b1e

// Relayer goes on with layers whose ranks have changed, in a new cycle of their pairs.
func (s *Sampler) Relayer(layers []Layer) {
	s.layers = append([]Layer(nil), layers...)
	if s.kind == SampleUniform {
		ranks := make([]int, len(layers))
		for i, l := range layers {
			ranks[i] = l.Sampled()
		}
		s.pairs, _ = NewUniform(ranks, s.rng) // nil when there is nothing left to sample
	}
}

// Draw writes into ranks, one for each layer, the ranks of the next step.
func (s *Sampler) Draw(ranks []int32) {
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
}

// SamplerState is what a sampler needs to go on where it was.
type SamplerState struct {
	Source []byte `json:"source"` // of the random numbers
	Pairs  []Pair `json:"pairs,omitempty"`
	Next   int    `json:"next"`
}

// State returns the sampler's state; it does not change when the sampler goes on.
func (s *Sampler) State() (SamplerState, error) {
	source, err := s.source.MarshalBinary()
	state := SamplerState{Source: source}
	if s.pairs != nil {
		state.Pairs, state.Next = append([]Pair(nil), s.pairs.pairs...), s.pairs.next
	}
	return state, err
}

// Restore puts the sampler where State was taken; its layers must be those of then.
func (s *Sampler) Restore(state SamplerState) error {
	if s.pairs != nil {
		if len(state.Pairs) != len(s.pairs.pairs) || state.Next < 0 || state.Next > len(state.Pairs) {
			return fmt.Errorf("the sampler's state is of other ranks: it has %d pairs, the layers %d", len(state.Pairs), len(s.pairs.pairs))
		}
		s.pairs.pairs, s.pairs.next = append([]Pair(nil), state.Pairs...), state.Next
	}
	return s.source.UnmarshalBinary(state.Source)
}
