package sweep

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/maestro-lod/notebook/maestro/runs"
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
			twin := slices.ContainsFunc(all, func(b Summary) bool {
				return b.Front && b.Accuracy == a.Accuracy &&
					b.MACs == a.MACs
			})
			if a.Front && (beaten || a.Seeds == 0) || a.Seeds > 0 && !beaten && !twin {
				t.Fatalf("point %d of %+v: front %v, beaten %v", i, all, a.Front, beaten)
			}
		}
	}
}

// TestHypervolume: the area is that of the union of the candidates' rectangles, by counting the cells of a grid; what
// is no number, and what lies beyond the reference, covers nothing.
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

// TestCovered: one point covers its accuracy times the share of MACs that it saves, by the means over its seeds; what
// has not finished, and a point of the whole network's MACs, add nothing.
func TestCovered(t *testing.T) {
	trial := func(lambda float64, seed uint64, o *Outcome) Trial {
		s := runs.Defaults()
		s.LambdaGL = lambda
		return Trial{Point: Point{Settings: s}, Settings: s, State: Finished, Outcome: o}
	}
	outcome := func(accuracy float64, macs int64) *Outcome {
		return &Outcome{Accuracy: accuracy, MACs: macs, WholeMACs: 1000}
	}
	trials := []Trial{trial(1, 1, outcome(70, 200)), trial(1, 2, outcome(90, 400)), trial(0, 1, outcome(99, 1000)),
		trial(2, 1, nil)}
	if got, want := Covered(trials), 0.8*0.7; math.Abs(got-want) > 1e-12 {
		t.Errorf("covers %g, want %g", got, want)
	}
	if got := Covered(trials[3:]); !math.IsNaN(got) {
		t.Errorf("a study of which nothing is finished covers %g", got)
	}
}
