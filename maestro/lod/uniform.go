package lod

import (
	"fmt"
	"math/rand/v2"
)

// Pair is what one training step samples beside its mini-batch: layer Layer (from 0) runs truncated to its first
// Rank columns (from 1), every other layer runs at its current rank.
type Pair struct {
	Layer, Rank int
}

// Uniform draws (layer, rank) pairs without replacement: every pair of every layer comes once, in random order, before
// any comes again. It is not safe for concurrent use.
type Uniform struct {
	pairs []Pair
	next  int
	rng   *rand.Rand
}

// NewUniform returns a sampler over layers of the given current ranks. A layer of rank 0 has nothing to sample; it is
// an error when that holds for all of them, or when a rank is negative.
func NewUniform(ranks []int, rng *rand.Rand) (*Uniform, error) {
	s := &Uniform{rng: rng}
	for layer, r := range ranks {
		if r < 0 {
			return nil, fmt.Errorf("layer %d has rank %d: a rank cannot be negative", layer, r)
		}
		for b := 1; b <= r; b++ {
			s.pairs = append(s.pairs, Pair{Layer: layer, Rank: b})
		}
	}
	if len(s.pairs) == 0 {
		return nil, fmt.Errorf("nothing to sample: all of the %d layers have rank 0", len(ranks))
	}
	s.next = len(s.pairs)
	return s, nil
}

// Next draws one pair.
func (s *Uniform) Next() Pair {
	if s.next == len(s.pairs) {
		s.rng.Shuffle(len(s.pairs), func(i, j int) { s.pairs[i], s.pairs[j] = s.pairs[j], s.pairs[i] })
		s.next = 0
	}
	s.next++
	return s.pairs[s.next-1]
}
