package sweep

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFront: the points that are marked are those that no other beats in both, by comparing each with each.
func TestFront(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 3))
	for range 200 {
		all := make([]Summary, 1+rng.IntN(12))
		for i := range all {
			all[i].Seeds = rng.IntN(3)
			all[i].Accuracy.Mean, all[i].MACs.Mean = float64(rng.IntN(6)), float64(rng.IntN(6))
		}
		markFront(all)
		for i, a := range all {
			beaten := slices.ContainsFunc(all, func(b Summary) bool {
				return b.Seeds > 0 && b.Accuracy.Mean >= a.Accuracy.Mean && b.MACs.Mean <= a.MACs.Mean &&
					(b.Accuracy.Mean > a.Accuracy.Mean || b.MACs.Mean < a.MACs.Mean)
			})
			twin := slices.ContainsFunc(all, func(b Summary) bool { return b.Front && b.Accuracy == a.Accuracy && b.MACs == a.MACs })
			if a.Front && (beaten || a.Seeds == 0) || a.Seeds > 0 && !beaten && !twin {
				t.Fatalf("point %d of %+v: front %v, beaten %v", i, all, a.Front, beaten)
			}
		}
	}
}

// TestHypervolume: the area is that of the union of the candidates' rectangles, by counting the cells of a grid; what is no
// number, and what lies beyond the reference, covers nothing.
func TestHypervolume(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 5))
	for range 100 {
		n := rng.IntN(8)
		costs, scores := make([]float64, n), make([]float64, n)
		for i := range n {
			costs[i], scores[i] = float64(rng.IntN(12)), float64(rng.IntN(12))
			if rng.IntN(10) == 0 {
				scores[i] = math.NaN()
			}
		}
		cells := 0
		for x := range 10 {
			for y := 2; y < 20; y++ {
				for i := range n {
					if costs[i] <= float64(x) && scores[i] >= float64(y+1) {
						cells++
						break
					}
				}
			}
		}
		if got := Hypervolume(costs, scores, 10, 2); got != float64(cells) {
			t.Fatalf("%v and %v cover %g, want %d", costs, scores, got, cells)
		}
	}
}
