package train

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/permutation"
	"github.com/maestro-lod/notebook/maestro/task"
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

// TestEpochBatches: an epoch has as many whole batches as its examples make, in buckets and without; no example is in
// two, all of a batch are within its length, most batches are of their examples' own bucket, and short ones come among
// long ones.
func TestEpochBatches(t *testing.T) {
	t.Parallel()
	const n, size = 1003, 16
	lengths := make([]int, n)
	for i := range lengths {
		lengths[i] = 3 + i*i%17
	}
	order := EpochOrder(n, 1, 0)
	for i, b := range epochBatches(n, size, task.Buckets{}, 1, 0) {
		if b.length != 0 || !slices.Equal(b.examples, order[i*size:(i+1)*size]) {
			t.Fatalf("without buckets batch %d is %v", i, b)
		}
	}
	buckets := task.NewBuckets(lengths, 20, 3)
	all := epochBatches(n, size, buckets, 1, 0)
	if whole := len(epochBatches(n, size, task.Buckets{}, 1, 0)); len(all) != n/size || whole != n/size {
		t.Fatalf("%d batches in buckets and %d without, want %d", len(all), whole, n/size)
	}
	seen, own, turns := map[int32]bool{}, 0, 0
	for i, b := range all {
		if len(b.examples) != size {
			t.Fatalf("batch %d has %d examples", i, len(b.examples))
		}
		mixed := false
		for _, example := range b.examples {
			if seen[example] {
				t.Fatalf("example %d is there twice", example)
			}
			seen[example] = true
			if lengths[example] > b.length {
				t.Fatalf("an example of %d is cut to %d", lengths[example], b.length)
			}
			mixed = mixed || buckets.Lengths[buckets.Of[example]] != b.length
		}
		if !mixed {
			own++
		}
		if i > 0 && b.length != all[i-1].length {
			turns++
		}
	}
	if own < len(all)-2 || turns < len(all)/4 {
		t.Errorf("of %d batches %d are of one bucket, and %d are of another length than the one before", len(all), own,
			turns)
	}
	if !reflect.DeepEqual(epochBatches(n, size, buckets, 1, 0), all) ||
		reflect.DeepEqual(epochBatches(n, size, buckets, 1, 1), all) ||
		reflect.DeepEqual(epochBatches(n, size, buckets, 2, 0), all) {
		t.Error("batches depend on something else than seed and epoch, or not on these")
	}
}
