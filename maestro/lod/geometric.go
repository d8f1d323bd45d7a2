package lod

import (
	"fmt"
	"math"
)

// SampleGeometric draws low ranks more often than high ones, see Geometric.
const SampleGeometric SamplerKind = "geometric"

// Geometric sets a sampler whose probabilities fall geometrically, as nested dropout's do (Rippel, Gelbart, Adams,
// ICML 2014): in a layer of rank r, p_b ∝ Last^((b−1)/(r−1)), whatever r is. The zero value is the default.
type Geometric struct {
	// how often the last rank is drawn for each time that the first is; 0 for 0.1, above 1 favours high ranks
	Last float64
}

// New returns the sampler for layers at their current ranks.
func (g Geometric) New(layers []Layer, seed uint64) (*Weighted, error) {
	last, err := lastShare(g.Last)
	if err != nil {
		return nil, err
	}
	return newWeighted(layers, seed, func(_ *Weighted, _, rank int) []float64 { return geometric(last, rank) })
}

func newGeometric(_ SamplerKind, layers []Layer, seed uint64) (Sampler, error) {
	return Geometric{}.New(layers, seed)
}

// mostShare bounds the ratio of probabilities: beyond it, ranks would in effect never be drawn.
const mostShare = 1e6

func lastShare(last float64) (float64, error) {
	if last == 0 {
		return 0.1, nil
	}
	if !(last >= 1/mostShare && last <= mostShare) {
		return 0, fmt.Errorf("the sampler's last is %g: it must be from %g to %g", last, 1/mostShare, mostShare)
	}
	return last, nil
}

// geometric is the weights 1 to last of ranks 1 to rank.
func geometric(last float64, rank int) []float64 {
	w := make([]float64, rank)
	for b := range w {
		w[b] = math.Pow(last, float64(b)/float64(max(1, rank-1)))
	}
	return w
}
