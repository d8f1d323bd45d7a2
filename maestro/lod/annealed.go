package lod

import (
	"fmt"
	"math"
)

// SampleAnnealed draws high ranks first and low ranks later, see Annealed.
const SampleAnnealed SamplerKind = "annealed"

// Annealed sets a sampler that goes from high ranks to low ones: at draw t, p_b ∝ Last^(s·(b−1)/(r−1)) with s rising in
// a straight line from −1 at t = 0 to 1 at t = Draws, and staying there. Halfway it is uniform. The zero value is the
// default.
type Annealed struct {
	Last  float64 // as Geometric's, of the end; 0 for 0.1
	Draws int     // steps of training until the end; 0 for 10,000
}

// New returns the sampler for layers at their current ranks.
func (a Annealed) New(layers []Layer, seed uint64) (*Weighted, error) {
	last, err := lastShare(a.Last)
	if err != nil {
		return nil, err
	}
	if a.Draws < 0 {
		return nil, fmt.Errorf("the annealed sampler's draws are %d: they cannot be negative", a.Draws)
	}
	if a.Draws == 0 {
		a.Draws = 10_000
	}
	s, err := newWeighted(layers, seed, func(s *Weighted, _, rank int) []float64 {
		return geometric(math.Pow(last, min(1, 2*float64(s.state.Drawn)/float64(a.Draws)-1)), rank)
	})
	if err == nil {
		s.moves = true
	}
	return s, err
}

func newAnnealed(_ SamplerKind, layers []Layer, seed uint64) (Sampler, error) {
	return Annealed{}.New(layers, seed)
}
