package data

import (
	"bytes"
	"slices"
	"testing"
)

// TestTrainExamples: a draw is part of what is trained on without it, leaves validation, test and checksum alone, has
// as many of each class, and grows by adding.
func TestTrainExamples(t *testing.T) {
	alone(t)
	dir := small(300, 40).write(t, t.TempDir())
	load := func(n int, seed uint64) *Splits {
		return loadSmall(t, Options{Dir: dir, Validation: 60, Seed: seed, TrainExamples: n})
	}
	all := load(0, 1)
	whole := indices(t, all.Train)
	var last []int
	// below and above half of the files, where memory is handled differently
	for _, n := range []int{1, 10, 47, 130, 200, 240} {
		s := load(n, 1)
		got := indices(t, s.Train)
		if len(got) != n || !slices.IsSorted(got) {
			t.Fatalf("%d examples, want %d in the files' order: %v", len(got), n, got)
		}
		counts := make([]int, 10)
		for _, k := range got {
			counts[k%10]++
			if !slices.Contains(whole, k) {
				t.Errorf("%d of %d: example %d is not left by validation", n, len(whole), k)
			}
		}
		// beyond, the smallest class may be used up
		if spread := slices.Max(counts) - slices.Min(counts); n <= 130 && spread > 1 {
			t.Errorf("%d examples: %v of the classes", n, counts)
		}
		for _, k := range last {
			if !slices.Contains(got, k) {
				t.Errorf("%d examples do not include example %d, which fewer did", n, k)
			}
		}
		last = got
		if !bytes.Equal(s.Validation.Images, all.Validation.Images) || !bytes.Equal(s.Test.Images, all.Test.Images) ||
			s.Checksum != all.Checksum || s.Mean[0] != all.Mean[0] {
			t.Errorf("%d examples: validation, test, checksum or normalisation changed", n)
		}
	}
	if !slices.Equal(last, whole) {
		t.Error("as many as there are is not all of them")
	}
	if slices.Equal(indices(t, load(50, 1).Train), indices(t, load(50, 2).Train)) {
		t.Error("another seed drew the same")
	}
	for _, n := range []int{-1, 241} {
		_, err := MNIST(t.Context(), Options{Dir: dir, Validation: 60, TrainExamples: n})
		wantError(t, err, "train_examples is", "at least 1", "240")
	}
}

// TestRarestClass: a class that is used up leaves its turns to the others.
func TestRarestClass(t *testing.T) {
	s := Set{Labels: []int32{0, 0, 0, 1, 0, 0, 0, 2, 2}, Classes: 4}
	got := balanced([]int{0, 1, 2, 3, 4, 5, 7, 8}, s, 6, 1)
	counts := make([]int, 4)
	for _, i := range got {
		counts[s.Labels[i]]++
	}
	if !slices.Equal(counts, []int{3, 1, 2, 0}) {
		t.Errorf("%v of the classes, want 3, 1, 2, 0", counts)
	}
}

// TestDrawStays holds the draw that runs are recorded with. The numbers are what this code gave when it was written.
func TestDrawStays(t *testing.T) {
	s := Set{Labels: make([]int32, 100), Classes: 5}
	left := make([]int, 100)
	for i := range left {
		left[i], s.Labels[i] = i, int32(i%5)
	}
	if got, want := balanced(left, s, 7, 1), []int{2, 14, 47, 55, 65, 71, 88}; !slices.Equal(got, want) {
		t.Errorf("drew %v, want %v", got, want)
	}
}

// TestPart: the parts are those that Subset gives, whether they stay where they were or not.
func TestPart(t *testing.T) {
	for _, left := range [][]int{{0, 1, 3, 4}, {1, 4}, {2, 3, 4}, nil, {0, 1, 2, 3, 4}} {
		fresh := func() Set {
			return Set{Images: []byte{0, 1, 10, 11, 20, 21, 30, 31, 40, 41}, Labels: []int32{0, 1, 2, 3, 4}, Height: 1,
				Width: 2, Channels: 1, Classes: 5}
		}
		want, wantHeld := fresh().Subset(left), fresh().Subset([]int{2})
		train, held := fresh().part(left, []int{2})
		if !bytes.Equal(train.Images, want.Images) || !slices.Equal(train.Labels, want.Labels) || train.Width != 2 ||
			train.Len() != len(left) {
			t.Errorf("left %v: %+v, want %+v", left, train, want)
		}
		if !bytes.Equal(held.Images, wantHeld.Images) || !slices.Equal(held.Labels, wantHeld.Labels) {
			t.Errorf("left %v: held %+v, want %+v", left, held, wantHeld)
		}
	}
}
