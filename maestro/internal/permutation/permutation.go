// Package permutation draws the order of examples, for those who cut a data set and for those who train on it.
package permutation

import "math/rand/v2"

// Of is a permutation of 0 to n-1. It depends on the seed and the stream alone; the stream sets it apart from others
// drawn with the same seed.
func Of(n int, seed, stream uint64) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	rand.New(rand.NewPCG(seed, stream)).Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}
