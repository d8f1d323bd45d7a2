package train

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// StepTime is how long an optimiser step takes, and what it holds.
type StepTime struct {
	MedianMS  float64 `json:"ms"`         // of one step, handing over its batch included
	CompileMS float64 `json:"compile_ms"` // building and compiling the step, and the first one
	Bytes     int64   `json:"bytes"`      // of weights and optimiser state
	TotalRank int     `json:"total_rank"`
	MACs      int64   `json:"macs"` // of the factors as they are stored, a forward pass of one example
}

// Synthetic makes a run in memory alone, of random weights and random data, of MNIST's form for LeNet and CIFAR-10's for the
// others, to measure how long things take. It has no folder.
func Synthetic(backend compute.Backend, s Settings) (*Run, error) {
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
	splits := &data.Splits{Train: set, Validation: set, Test: set}
	for range set.Channels {
		splits.Mean, splits.Std = append(splits.Mean, 0.5), append(splits.Std, 0.3)
	}
	return open(backend, "", s, splits, Options{}, lod.StartRandom)
}

// TimeStep measures the training step of a Synthetic run with the given share (above 0 to 1) of every layer's ranks kept
// and the rest cut away, over `steps` steps.
func TimeStep(backend compute.Backend, s Settings, share float64, steps int) (StepTime, error) {
	r, err := Synthetic(backend, s)
	if err != nil {
		return StepTime{}, err
	}
	defer r.Close()
	for i := range r.Network.Layers {
		l := &r.Network.Layers[i]
		if !l.Matrix {
			l.Rank = max(1, int(share*float64(l.Full())+0.999))
		}
	}
	if err := r.Network.Cut(nil); err != nil {
		return StepTime{}, err
	}
	r.sampler.Relayer(r.Network.Layers)
	alive, sampled := ranks32(r.Network), make([]int32, len(r.Network.Layers))
	one := func(i int) (float64, error) {
		r.sampler.Draw(sampled)
		order := data.EpochOrder(r.Examples(), 1, i)
		begin := time.Now()
		_, err := r.machine.step(order[:s.Batch], sampled, alive, s.LR, i+1)
		return 1e3 * time.Since(begin).Seconds(), err
	}
	compile, err := one(0)
	if err != nil {
		return StepTime{}, err
	}
	times := make([]float64, steps)
	for i := range steps + 5 { // five to warm up
		ms, err := one(i + 1)
		if err != nil {
			return StepTime{}, err
		}
		times[i%steps] = ms
	}
	slices.Sort(times)
	return StepTime{MedianMS: times[steps/2], CompileMS: compile, Bytes: bytesHeld(r.Network), TotalRank: totalRank(r.Network), MACs: r.Network.StoredMACs()}, nil
}

func bytesHeld(n *lod.Network) (bytes int64) {
	for v := range n.Store().IterVariables() {
		bytes += int64(v.Shape().ByteSize())
	}
	return bytes
}
