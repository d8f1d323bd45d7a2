package train

import "math/rand/v2"

// epochStream sets the order of the examples apart from others drawn with the same seed: "epoch", to which the epoch is added.
const epochStream = 0x65706f6368 << 24

// EpochOrder is the order in which an epoch takes n examples, a permutation of 0 to n-1. It depends on the seed and the
// epoch alone, not on the epochs before, so that a resumed run sees what an uninterrupted one would.
func EpochOrder(n int, seed uint64, epoch int) []int32 {
	return permutation(n, seed, epochStream+uint64(epoch))
}

func permutation(n int, seed, stream uint64) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	rand.New(rand.NewPCG(seed, stream)).Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}
