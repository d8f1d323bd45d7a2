package task_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/task"
)

// TestBuckets: every example is in the first shape that it is within, and no other choice of as many shapes leaves
// less padding, all of them tried.
func TestBuckets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const columns = 12
	for range 50 {
		lengths := make([]int, 1+rng.IntN(40))
		for i := range lengths {
			lengths[i] = 1 + int(float64(columns-1)*rng.Float64()*rng.Float64())
		}
		for most := 1; most <= 4; most++ {
			b := task.NewBuckets(lengths, columns, most)
			padded := 0
			for i, n := range lengths {
				at := slices.IndexFunc(b.Lengths, func(length int) bool { return n <= length })
				if at != b.Of[i] {
					t.Fatalf("an example of %d is in bucket %d of %v", n, b.Of[i], b.Lengths)
				}
				padded += b.Lengths[at]
			}
			if len(b.Lengths) > most || padded != leastOf(lengths, nil, most) {
				t.Fatalf("%v in %d: %v take %d, and %d would do", lengths, most, b.Lengths, padded,
					leastOf(lengths, nil, most))
			}
			if want := float64(padded) / float64(columns*len(lengths)); b.Share() != want {
				t.Fatalf("share %g, want %g", b.Share(), want)
			}
		}
	}
	if none := (task.Buckets{}); none.Share() != 1 {
		t.Errorf("no buckets take %g of the columns", none.Share())
	}
}

// leastOf is what examples take at the least in these shapes, so many more, and one for the longest.
func leastOf(lengths, shapes []int, more int) int {
	most := slices.Max(lengths)
	if more > 1 {
		best := leastOf(lengths, shapes, 1)
		for length := 1; length < most; length++ {
			best = min(best, leastOf(lengths, append(slices.Clone(shapes), length), more-1))
		}
		return best
	}
	sum := 0
	for _, n := range lengths {
		fits := most
		for _, length := range shapes {
			if n <= length {
				fits = min(fits, length)
			}
		}
		sum += fits
	}
	return sum
}

// TestBucketsMistakes: a task whose buckets are not those of its examples says so.
func TestBucketsMistakes(t *testing.T) {
	for say, b := range map[string]task.Buckets{
		"those of 2 examples, and the training split has 8":        {Lengths: []int{4}, Of: []int{0, 0}, Columns: 4},
		"must rise, from 1 to the columns' 4":                      {Lengths: []int{5}, Of: make([]int, 8), Columns: 4},
		"lengths are []: they must rise, from 1 to the columns' 4": {Of: make([]int, 8), Columns: 4},
		"example 2 is in bucket 1, and there are 1":                {Lengths: []int{4}, Of: []int{0, 0, 1, 0, 0, 0, 0, 0}, Columns: 4},
	} {
		it := classes()
		it.Buckets = b
		if err := it.Check(); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("error %v, want %q", err, say)
		}
	}
	it := classes()
	it.Buckets = task.Buckets{Lengths: []int{2, 3}, Of: make([]int, 8), Columns: 3}
	if _, err := it.Outline(testkit.PureGo(t)); err == nil || !strings.Contains(err.Error(), "Batch.Length") {
		t.Errorf("a task whose batches are as long as ever: error %v", err)
	}
}
