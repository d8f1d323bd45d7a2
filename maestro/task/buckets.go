package task

import (
	"fmt"
	"math"
	"slices"
)

// Buckets put training examples of many lengths into a few shapes, so that a step computes little for padding: all
// examples of a batch are cut to one length. The zero value leaves every column as it is.
type Buckets struct {
	Lengths []int // of the shapes, rising
	Of      []int // for each training example, the first of Lengths that it is within
	Columns int   // the length of the columns, at least the last of Lengths
}

// NewBuckets are those of examples of the given lengths, which lie in columns of a length, with at most `most` shapes:
// the ones that leave the least padding in all, the last being as long as the longest example.
func NewBuckets(lengths []int, columns, most int) Buckets {
	count := map[int]int{}
	for _, n := range lengths {
		count[n]++
	}
	var distinct []int
	for n := range count {
		distinct = append(distinct, n)
	}
	slices.Sort(distinct)
	b := Buckets{Lengths: leastPadding(distinct, count, most), Of: make([]int, len(lengths)), Columns: columns}
	for i, n := range lengths {
		b.Of[i], _ = slices.BinarySearch(b.Lengths, n)
	}
	return b
}

// leastPadding chooses shapes by dynamic programming: total[k][j] is the least that the examples within the first j
// lengths take in k shapes, of which the last starts behind the first cut[k][j] lengths.
func leastPadding(lengths []int, count map[int]int, most int) (shapes []int) {
	n := len(lengths)
	most = min(most, n)
	total, cut := make([][]int, most+1), make([][]int, most+1)
	for k := range total {
		total[k], cut[k] = slices.Repeat([]int{math.MaxInt}, n+1), make([]int, n+1)
	}
	total[0][0] = 0
	for k := 1; k <= most; k++ {
		for j := 1; j <= n; j++ {
			examples := 0
			for i := j - 1; i >= 0; i-- {
				examples += count[lengths[i]]
				if total[k-1][i] == math.MaxInt {
					continue
				}
				if all := total[k-1][i] + examples*lengths[j-1]; all < total[k][j] {
					total[k][j], cut[k][j] = all, i
				}
			}
		}
	}
	for k, j := most, n; k > 0; k-- {
		shapes = append(shapes, lengths[j-1])
		j = cut[k][j]
	}
	slices.Reverse(shapes)
	return shapes
}

// Share is what the examples take in their shapes, of what they take in columns, on average over all; 1 without
// buckets.
func (b Buckets) Share() float64 {
	if len(b.Of) == 0 {
		return 1
	}
	sum := 0
	for _, shape := range b.Of {
		sum += b.Lengths[shape]
	}
	return float64(sum) / float64(len(b.Of)*b.Columns)
}

// check is an error where they are not those of so many examples.
func (b Buckets) check(examples int) error {
	switch {
	case len(b.Lengths) == 0 && len(b.Of) == 0:
		return nil
	case len(b.Of) != examples:
		return fmt.Errorf("the buckets are those of %d examples, and the training split has %d", len(b.Of), examples)
	case len(b.Lengths) == 0 || !slices.IsSorted(b.Lengths) || b.Lengths[0] < 1 ||
		b.Lengths[len(b.Lengths)-1] > b.Columns:
		return fmt.Errorf("the buckets' lengths are %v: they must rise, from 1 to the columns' %d at most", b.Lengths,
			b.Columns)
	}
	for i, shape := range b.Of {
		if shape < 0 || shape >= len(b.Lengths) {
			return fmt.Errorf("example %d is in bucket %d, and there are %d", i, shape, len(b.Lengths))
		}
	}
	return nil
}
