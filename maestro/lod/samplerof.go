package lod

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
)

// SamplerOf makes samplers of a function: it is given the layers and the rank of each, from which it lowers what the
// next step is to run at. All that is random in it must come from rng, whose state a run keeps.
func SamplerOf(draw func(rng *rand.Rand, layers []Layer, ranks []int32)) func(layers []Layer, seed uint64) (Sampler,
	error) {
	return func(layers []Layer, seed uint64) (Sampler, error) {
		source := rand.NewPCG(seed, samplerStream)
		return &drawSampler{layers: slices.Clone(layers), source: source, rng: rand.New(source), draw: draw}, nil
	}
}

type drawSampler struct {
	layers []Layer
	source *rand.PCG
	rng    *rand.Rand
	draw   func(rng *rand.Rand, layers []Layer, ranks []int32)
}

func (s *drawSampler) Resize(layers []Layer) error {
	s.layers = slices.Clone(layers)
	return nil
}

func (s *drawSampler) Draw() Draw {
	ranks := make([]int32, len(s.layers))
	for i, l := range s.layers {
		ranks[i] = int32(l.Rank)
	}
	s.draw(s.rng, s.layers, ranks)
	return Drawn(s.layers, ranks)
}

func (s *drawSampler) State() (json.RawMessage, error) {
	source, err := s.source.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return json.Marshal(source)
}

func (s *drawSampler) Restore(saved json.RawMessage) error {
	var source []byte
	if err := json.Unmarshal(saved, &source); err != nil {
		return fmt.Errorf("the sampler's state: %w", err)
	}
	return s.source.UnmarshalBinary(source)
}
