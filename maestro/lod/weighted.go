package lod

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
)

// Learner is a Sampler that follows the factors. A run calls Learn after every epoch, before ranks are cut.
type Learner interface {
	Sampler
	// Learn takes ‖u_b‖‖v_b‖ of every alive rank of every layer, none for one matrix.
	Learn(norms [][]float64) error
}

// Weighted truncates one layer at one rank in a step, with replacement: layer i of rank r_i with probability r_i/Σr,
// as SampleUniform does, and in it rank b with a probability in proportion to its weight. Where the weights differ,
// so does the objective: it counts the loss at rank b by r·p_b, unless each step is weighed by Correction.
type Weighted struct {
	weights func(s *Weighted, layer, rank int) []float64 // of ranks 1 to rank, positive and finite
	layers  []Layer
	source  *rand.PCG
	rng     *rand.Rand
	state   weightedState
	odds    [][]float64 // of each layer, for the ranks it has now; nil entries are computed when they are needed
	moves   bool        // the weights change from one draw to the next
}

type weightedState struct {
	Source []byte      `json:"source,omitempty"`
	Drawn  int         `json:"drawn"`
	Norms  [][]float64 `json:"norms,omitempty"`
}

func newWeighted(layers []Layer, seed uint64, weights func(s *Weighted, layer, rank int) []float64) (*Weighted, error) {
	source := rand.NewPCG(seed, samplerStream)
	s := &Weighted{weights: weights, source: source, rng: rand.New(source)}
	return s, s.Resize(layers)
}

// Resize keeps what the sampler has learnt of the ranks that are left. A negative rank is an error.
func (s *Weighted) Resize(layers []Layer) error {
	for _, l := range layers {
		if l.Rank < 0 {
			return fmt.Errorf("layer %s has rank %d: a rank cannot be negative", l.Name, l.Rank)
		}
	}
	s.layers, s.odds = slices.Clone(layers), make([][]float64, len(layers))
	return nil
}

// Probabilities are those of a layer's ranks in the next draw, given that the layer is drawn; they sum to 1.
func (s *Weighted) Probabilities(layer int) []float64 {
	if s.odds[layer] == nil || s.moves {
		p, sum := s.weights(s, layer, s.layers[layer].Sampled()), 0.0
		for _, w := range p {
			sum += w
		}
		for b := range p {
			p[b] /= sum
		}
		s.odds[layer] = p
	}
	return s.odds[layer]
}

// Correction is 1/(r·p_b) of a layer's rank b, counted from 1, in the next draw: steps weighed by it have the expected
// gradient of uniform sampling.
func (s *Weighted) Correction(layer, rank int) float64 {
	p := s.Probabilities(layer)
	return 1 / (float64(len(p)) * p[rank-1])
}

// Draw is the next step's.
func (s *Weighted) Draw() Draw {
	ranks, left := make([]int32, len(s.layers)), 0
	for i, l := range s.layers {
		ranks[i] = int32(l.Rank)
		left += l.Sampled()
	}
	if left > 0 {
		layer, at := 0, s.rng.IntN(left)
		for at >= s.layers[layer].Sampled() {
			at -= s.layers[layer].Sampled()
			layer++
		}
		p, x, b := s.Probabilities(layer), s.rng.Float64(), 0
		for ; b < len(p)-1 && x >= p[b]; b++ {
			x -= p[b]
		}
		ranks[layer] = int32(b + 1)
	}
	s.state.Drawn++
	return Drawn(s.layers, ranks)
}

// State is the random numbers', how many draws there were, and the norms that were learnt.
func (s *Weighted) State() (json.RawMessage, error) {
	source, err := s.source.MarshalBinary()
	if err != nil {
		return nil, err
	}
	state := s.state
	state.Source = source
	return json.Marshal(state)
}

// Restore goes on from a State; after an error the sampler is as it was.
func (s *Weighted) Restore(saved json.RawMessage) error {
	var state weightedState
	if err := json.Unmarshal(saved, &state); err != nil {
		return fmt.Errorf("the sampler's state: %w", err)
	}
	if err := checkNorms(state.Norms, s.layers); err != nil {
		return fmt.Errorf("the sampler's state: %w", err)
	}
	if err := s.source.UnmarshalBinary(state.Source); err != nil {
		return fmt.Errorf("the sampler's state: %w", err)
	}
	state.Source = nil
	s.state, s.odds = state, make([][]float64, len(s.layers))
	return nil
}
