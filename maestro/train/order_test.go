package train

import (
	"math"
	"slices"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/permutation"
)

func TestEpochOrder(t *testing.T) {
	t.Parallel()
	const n = 1000
	first := EpochOrder(n, 1, 0)
	sorted := slices.Sorted(slices.Values(first))
	for i, k := range sorted {
		if int32(i) != k {
			t.Fatalf("not a permutation: %d is there twice or not at all", i)
		}
	}
	if !slices.Equal(EpochOrder(n, 1, 0), first) {
		t.Error("the same seed and epoch gave another order")
	}
	if slices.Equal(EpochOrder(n, 1, 1), first) || slices.Equal(EpochOrder(n, 2, 0), first) ||
		slices.Equal(EpochOrder(n, 1, -1), first) {
		t.Error("another epoch or seed gave the same order")
	}
	if len(EpochOrder(0, 1, 0)) != 0 {
		t.Error("an order of nothing is not empty")
	}
}

// TestEpochOrdersAreUnrelated: neighbouring epochs and seeds start the generator from neighbouring states, and the
// orders must not show it. The correlation of two independent permutations has a standard deviation of 1/√(n-1); the
// bound is five of them.
func TestEpochOrdersAreUnrelated(t *testing.T) {
	t.Parallel()
	const n = 10_000
	for epoch := range 10 {
		for name, pair := range map[string][2][]int32{
			"epochs": {EpochOrder(n, 1, epoch), EpochOrder(n, 1, epoch+1)},
			"seeds":  {EpochOrder(n, uint64(epoch), 0), EpochOrder(n, uint64(epoch)+1, 0)},
			// Of package data, by which it cuts the validation split.
			"cut":   {EpochOrder(n, 1, epoch), permutation.Of(n, 1, 0x637574)},
			"files": {EpochOrder(n, 1, epoch), slices.Sorted(slices.Values(EpochOrder(n, 1, 0)))},
		} {
			if r := correlation(pair[0], pair[1]); math.Abs(r) > 5/math.Sqrt(n-1) {
				t.Errorf("epoch %d: the orders of neighbouring %s have correlation %g", epoch, name, r)
			}
		}
	}
}

func correlation(a, b []int32) float64 {
	mean := float64(len(a)-1) / 2
	var ab, aa float64
	for i := range a {
		ab += (float64(a[i]) - mean) * (float64(b[i]) - mean)
		aa += (float64(a[i]) - mean) * (float64(a[i]) - mean)
	}
	return ab / aa
}

// TestEpochOrderStays holds the order that a run is resumed with, which may not change between versions. The numbers
// are what this code gave when it was written.
func TestEpochOrderStays(t *testing.T) {
	t.Parallel()
	for epoch, want := range [][]int32{{3, 9, 6, 0, 4, 8, 1, 5, 2, 7}, {0, 7, 2, 5, 6, 8, 4, 3, 9, 1}} {
		if got := EpochOrder(10, 1, epoch); !slices.Equal(got, want) {
			t.Errorf("epoch %d: %v, want %v", epoch, got, want)
		}
	}
}
