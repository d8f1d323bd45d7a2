package baselines_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/maestro-lod/notebook/maestro/baselines"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// TestAllocate: no choice of ranks that takes as many MACs has a smaller error, which all choices for three layers are
// tried for; budgets are kept, larger ones are used, and one below every choice is named.
func TestAllocate(t *testing.T) {
	layers := []lod.Layer{{Name: "a", Outputs: 6, Inputs: 9, Positions: 4}, {Name: "b", Outputs: 5, Inputs: 6, Positions: 1},
		{Name: "c", Outputs: 4, Inputs: 30, Positions: 2}}
	rng := rand.New(rand.NewPCG(5, 6))
	var spectra [][]float64
	whole := int64(0)
	for _, l := range layers {
		s, value := []float64{}, 1+rng.Float64()
		for range l.Full() {
			s, value = append(s, value), value*(0.3+0.6*rng.Float64())
		}
		spectra, whole = append(spectra, s), whole+l.Whole().MACs
	}
	lost := func(i, rank int) float64 {
		total, left := 0.0, 0.0
		for k, s := range spectra[i] {
			if total += s * s; k >= rank {
				left += s * s
			}
		}
		return left / total
	}
	cost := func(i, rank int) int64 {
		l := layers[i]
		l.Rank, l.Matrix = rank, rank == l.Full()
		return l.Deployed().MACs
	}
	before := 0.0
	for budget := whole; budget > 100; budget -= 37 {
		ranks, err := baselines.Allocate(layers, spectra, budget)
		if err != nil {
			break // too little for rank 1: seen below
		}
		macs, off := int64(0), 0.0
		for i, r := range ranks {
			macs, off = macs+cost(i, r), off+lost(i, r)
		}
		if macs > budget || off < before-1e-12 {
			t.Fatalf("budget %d: %v take %d MACs at an error of %g, after %g for more", budget, ranks, macs, off, before)
		}
		before = off
		for a := 1; a <= 6; a++ {
			for b := 1; b <= 5; b++ {
				for c := 1; c <= 4; c++ {
					if cost(0, a)+cost(1, b)+cost(2, c) <= macs && lost(0, a)+lost(1, b)+lost(2, c) < off-1e-12 {
						t.Fatalf("budget %d: %v take %d MACs at an error of %g, and %d, %d, %d are better", budget, ranks,
							macs, off, a, b, c)
					}
				}
			}
		}
	}
	if before == 0 || math.IsNaN(before) {
		t.Error("no budget was small enough to cut anything")
	}
	if _, err := baselines.Allocate(layers, spectra, 10); err == nil {
		t.Error("a budget below rank 1 is no error")
	}
}
