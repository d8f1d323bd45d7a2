package compress

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// TestEveryRemovalSaves: from any rank every removal that is tried lowers the cost of the deployed layer, at least
// one is tried, and down to no rank at all.
func TestEveryRemovalSaves(t *testing.T) {
	for _, shape := range [][2]int{{6, 25}, {16, 150}, {120, 256}, {10, 84}, {64, 64}, {1, 9}} {
		l := lod.Layer{Outputs: shape[0], Inputs: shape[1], Positions: 7}
		for l.Rank = l.Full(); l.Rank > 0; l.Rank-- {
			tried := lower(l, Defaults().Shares, savesMACs(l))
			if len(tried) == 0 || tried[0] < 0 || !slices.IsSortedFunc(tried, func(a, b int) int { return b - a }) {
				t.Fatalf("%v at rank %d: ranks %v are tried", shape, l.Rank, tried)
			}
			for _, rank := range tried {
				lowered := l
				if lowered.Rank = rank; lowered.Deployed().MACs >= l.Deployed().MACs {
					t.Errorf("%v from rank %d to %d saves nothing", shape, l.Rank, rank)
				}
			}
		}
		if tried := lower(l, Defaults().Shares, savesMACs(l)); len(tried) != 0 {
			t.Errorf("at rank 0 ranks %v are tried", tried)
		}
	}
}

// TestBreakEven: factors are smaller than the matrix up to that rank and not beyond.
func TestBreakEven(t *testing.T) {
	for _, shape := range [][2]int{{6, 25}, {16, 150}, {512, 4608}, {2, 2}, {1, 5}} {
		l := lod.Layer{Outputs: shape[0], Inputs: shape[1], Positions: 1}
		l.Rank = breakEven(l)
		if l.Factored().Weights >= l.Whole().Weights {
			t.Errorf("%v: factors of rank %d are no smaller", shape, l.Rank)
		}
		if l.Rank++; l.Factored().Weights < l.Whole().Weights {
			t.Errorf("%v: factors of rank %d are smaller too", shape, l.Rank)
		}
	}
}

func rungs(values ...[3]float64) (all []Rung) { // MACs, loss, validation accuracy
	for i, v := range values {
		all = append(all, Rung{Step: i, Size: runs.Size{Cost: lod.Cost{MACs: int64(v[0])}}, Loss: v[1],
			Validation: runs.Measured{Loss: v[1], Accuracy: v[2]}})
	}
	return all
}

func TestFront(t *testing.T) {
	all := rungs([3]float64{100, 0, 98}, [3]float64{90, 0, 99}, [3]float64{80, 0, 97}, [3]float64{70, 0, 97.5},
		[3]float64{20, 0, 80}, [3]float64{0, 0, 10})
	steps := func(front []Rung) (steps []int) {
		for _, r := range front {
			steps = append(steps, r.Step)
		}
		return steps
	}
	if got := steps(Front(all, 9)); !slices.Equal(got, []int{0, 1, 3, 4}) {
		t.Errorf("front %v", got)
	}
	if got := steps(Front(all, 3)); len(got) > 3 || got[0] != 0 || got[len(got)-1] != 4 {
		t.Errorf("thinned to three: %v", got)
	}
}

// TestBounds: a search ends at the first rung that meets the target, or before the first that is not good enough, and
// says what is nearest where both cannot be had.
func TestBounds(t *testing.T) {
	all, whole := rungs([3]float64{100, 0.1, 98}, [3]float64{60, 0.2, 97}, [3]float64{40, 0.5, 93},
		[3]float64{10, 2, 50}), runs.Size{Cost: lod.Cost{MACs: 100}}
	for _, c := range []struct {
		bounds Bounds
		n      int
		done   bool
		unmet  bool
	}{
		{Bounds{MACs: 0.5}, 3, true, false},
		{Bounds{MACs: 0.05}, 4, false, true},
		{Bounds{Drop: 2}, 2, true, false},
		{Bounds{Loss: 0.3}, 2, true, false},
		{Bounds{Loss: 3}, 4, false, false},
		{Bounds{MACs: 0.5, Drop: 2}, 2, true, true},
		{Bounds{MACs: 0.5, Drop: 6}, 3, true, false},
	} {
		n, done := c.bounds.reached(all, whole)
		if err := c.bounds.unmet(all[:n], whole); n != c.n || done != c.done || errors.Is(err, ErrUnmet) != c.unmet {
			t.Errorf("%+v: %d rungs, ended %v, %v", c.bounds, n, done, err)
		}
	}
}

// TestProfile: between measured ranks latency is on the line through them, and a layer is merged where factors are
// slower.
func TestProfile(t *testing.T) {
	p := Profile{Whole: 10, Layers: []LayerTimes{{Ranks: []int{20, 10, 4}, Added: []float64{1, -1, -4}, Below: 20}, {}}}
	for _, c := range []struct {
		rank   int
		ms     float64
		merged bool
	}{{40, 10, true}, {20, 10, true}, {16, 10, true}, {14, 9.8, false}, {10, 9, false}, {7, 7.5, false}, {4, 6, false},
		{1, 6, false}, {0, 6, false}} {
		ranks := []int{c.rank, 3}
		if got := p.LatencyMS(ranks); math.Abs(got-c.ms) > 1e-12 {
			t.Errorf("rank %d takes %g ms, want %g", c.rank, got, c.ms)
		}
		if got := p.Merged(ranks); (len(got) == 1) != c.merged {
			t.Errorf("rank %d: layers %v are merged", c.rank, got)
		}
	}
}

// TestLatencyRemovals: a search by latency passes over the ranks at which factors are smaller than the matrix but
// slower.
func TestLatencyRemovals(t *testing.T) {
	p := &Profile{Whole: 10, Layers: []LayerTimes{{Ranks: []int{20, 10, 4}, Added: []float64{1, -1, -4}, Below: 20}}}
	settings := Defaults()
	settings.By = Latency
	z := search{settings: settings, sizes: sizes{layers: []lod.Layer{{Outputs: 41, Inputs: 41, Positions: 1}}},
		profile: p}
	candidates, ranks := z.removals(0, []int{40})
	// the first rank below 15, where factors take as long
	if len(candidates) != 1 || candidates[0].rank != 14 || ranks[0][0] != 14 {
		t.Fatalf("from the full rank: %+v, %v", candidates, ranks)
	}
	for _, from := range []int{14, 10, 6} {
		candidates, _ := z.removals(0, []int{from})
		if len(candidates) == 0 {
			t.Errorf("from rank %d nothing is tried", from)
		}
		for _, c := range candidates {
			if !(c.saved > 0) || math.Abs(p.LatencyMS([]int{from})-p.LatencyMS([]int{c.rank})-c.saved) > 1e-12 {
				t.Errorf("from rank %d: %+v", from, c)
			}
		}
	}
}
