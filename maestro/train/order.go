package train

import "github.com/maestro-lod/notebook/maestro/internal/permutation"

// epochStream sets the order of the examples apart from others drawn with the same seed: "epoch", to which the epoch
// is added.
const epochStream = 0x65706f6368 << 24

// EpochOrder is the order in which an epoch takes n examples, a permutation of 0 to n-1. It depends on the seed and the
// epoch alone, not on the epochs before, so that a resumed run sees what an uninterrupted one would.
func EpochOrder(n int, seed uint64, epoch int) []int32 {
	return permutation.Of(n, seed, epochStream+uint64(epoch))
}
