package images

import (
	"math/rand/v2"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// Synthetic is the task of a named network on random images of MNIST's form for LeNet and CIFAR-10's for the others,
// to measure how long things take.
func Synthetic(s runs.Settings) (*task.Task, error) {
	rng := rand.New(rand.NewPCG(1, 1))
	const examples = 4096
	set := data.Set{Labels: make([]int32, examples), Height: 32, Width: 32, Channels: 3, Classes: 10}
	if s.Model == "lenet" {
		set.Height, set.Width, set.Channels = 28, 28, 1
	}
	set.Images = make([]byte, examples*set.Height*set.Width*set.Channels)
	for i := range set.Images {
		set.Images[i] = byte(rng.IntN(256))
	}
	for i := range set.Labels {
		set.Labels[i] = int32(rng.IntN(10))
	}
	splits := &data.Splits{Name: "random", Train: set, Validation: set, Test: set, Checksum: "random"}
	for range set.Channels {
		splits.Mean, splits.Std = append(splits.Mean, 0.5), append(splits.Std, 0.3)
	}
	return New(s, splits)
}
