package lod

import (
	"fmt"
	"math"
	"slices"
)

// SampleImportance draws ranks by the norms of their columns, see ByImportance.
const SampleImportance SamplerKind = "importance"

// ByImportance sets a sampler that learns the factors' norms after every epoch:
// p_b = (1 − Floor)·‖u_b‖‖v_b‖/Σ‖u‖‖v‖ + Floor/r. Before it has learnt them, and where all are 0, it is uniform. The
// zero value is the default.
type ByImportance struct {
	Floor float64 // share of draws that are uniform, so that no rank starves; 0 for 0.1
}

// New returns the sampler for layers at their current ranks.
func (i ByImportance) New(layers []Layer, seed uint64) (Learner, error) {
	if i.Floor == 0 {
		i.Floor = 0.1
	}
	if !(i.Floor >= 1/mostShare && i.Floor <= 1) {
		return nil, fmt.Errorf("the importance sampler's floor is %g: it must be from %g to 1", i.Floor, 1/mostShare)
	}
	s, err := newWeighted(layers, seed, func(s *Weighted, layer, rank int) []float64 {
		w, sum := slices.Repeat([]float64{1 / float64(max(1, rank))}, rank), 0.0
		if s.state.Norms == nil {
			return w
		}
		norms := s.state.Norms[layer][:rank]
		largest := slices.Max(append([]float64{0}, norms...)) // dividing by it first keeps the sum finite
		if largest == 0 {
			return w
		}
		for _, n := range norms {
			sum += n / largest
		}
		for b, n := range norms {
			w[b] = (1-i.Floor)*(n/largest)/sum + i.Floor/float64(rank)
		}
		return w
	})
	if err != nil {
		return nil, err
	}
	return learner{s}, nil
}

func newByImportance(_ SamplerKind, layers []Layer, seed uint64) (Sampler, error) {
	return ByImportance{}.New(layers, seed)
}

type learner struct{ *Weighted }

func (s learner) Learn(norms [][]float64) error {
	if norms == nil {
		norms = make([][]float64, len(s.layers))
	}
	if err := checkNorms(norms, s.layers); err != nil {
		return err
	}
	own := make([][]float64, len(norms))
	for i, n := range norms {
		own[i] = slices.Clone(n)
	}
	s.state.Norms, s.odds = own, make([][]float64, len(s.layers))
	return nil
}

// checkNorms is an error where the norms are not at least as many as the layers' ranks, finite and not negative.
func checkNorms(norms [][]float64, layers []Layer) error {
	if norms != nil && len(norms) != len(layers) {
		return fmt.Errorf("norms are of %d layers, and there are %d", len(norms), len(layers))
	}
	for i, n := range norms {
		if len(n) < layers[i].Sampled() {
			return fmt.Errorf("layer %s has rank %d, and norms of %d ranks", layers[i].Name,
				layers[i].Sampled(), len(n))
		}
		for b, x := range n {
			if !(x >= 0 && x <= math.MaxFloat64) {
				return fmt.Errorf("the norm of rank %d of layer %s is %g", b+1, layers[i].Name, x)
			}
		}
	}
	return nil
}
