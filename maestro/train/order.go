package train

import (
	"github.com/maestro-lod/notebook/maestro/internal/permutation"
	"github.com/maestro-lod/notebook/maestro/task"
)

// epochStream sets the order of the examples apart from others drawn with the same seed: "epoch", to which the epoch
// is added.
const epochStream = 0x65706f6368 << 24

// EpochOrder is the order in which an epoch takes n examples, a permutation of 0 to n-1. It depends on the seed and the
// epoch alone, not on the epochs before, so that a resumed run sees what an uninterrupted one would.
func EpochOrder(n int, seed uint64, epoch int) []int32 {
	return permutation.Of(n, seed, epochStream+uint64(epoch))
}

// batch is the examples of a step, and the length that they are cut to; 0 leaves them as the columns are.
type batch struct {
	examples []int32
	length   int
}

// batchStream sets the order of an epoch's batches apart, as epochStream does that of its examples: "batch".
const batchStream = 0x6261746368 << 24

// epochBatches cuts n examples, in their order of an epoch, into batches of a size; those that are too few for one more
// are left out. In buckets an example waits until its bucket is full; those who wait at the end move up to the next
// longer one. The batches are then put into an order of their own, so that short ones are not all first.
func epochBatches(n, size int, buckets task.Buckets, seed uint64, epoch int) (all []batch) {
	order := EpochOrder(n, seed, epoch)
	if len(buckets.Lengths) == 0 {
		for first := 0; first+size <= n; first += size {
			all = append(all, batch{examples: order[first : first+size]})
		}
		return all
	}
	waiting := make([][]int32, len(buckets.Lengths))
	add := func(bucket int, examples ...int32) {
		waiting[bucket] = append(waiting[bucket], examples...)
		if len(waiting[bucket]) >= size {
			all = append(all, batch{waiting[bucket][:size:size], buckets.Lengths[bucket]})
			waiting[bucket] = waiting[bucket][size:]
		}
	}
	for _, example := range order {
		add(buckets.Of[example], example)
	}
	for bucket := range buckets.Lengths[1:] {
		add(bucket+1, waiting[bucket]...)
	}
	shuffled := make([]batch, len(all))
	for i, at := range permutation.Of(len(all), seed, batchStream+uint64(epoch)) {
		shuffled[i] = all[at]
	}
	return shuffled
}
