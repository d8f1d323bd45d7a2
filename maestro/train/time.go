package train

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/stat"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// StepTime is how long an optimiser step takes, and what it holds.
type StepTime struct {
	// MedianMS is of one step, handing over its batch included. Where training takes one of several compiled steps, as the
	// draw of a layer has it, it is the mean of their medians, each weighed by how often it is taken.
	MedianMS  float64 `json:"ms"`
	Programs  int     `json:"programs"`   // compiled steps
	CompileMS float64 `json:"compile_ms"` // building and compiling them, and the first run of each
	Bytes     int64   `json:"bytes"`      // of weights and optimiser state
	TotalRank int     `json:"total_rank"`
	MACs      int64   `json:"macs"` // of the factors as they are stored, a forward pass of one example
}

// Synthetic makes a run in memory alone, of random weights and random data, of MNIST's form for LeNet and CIFAR-10's for the
// others, to measure how long things take. It has no folder.
func Synthetic(backend compute.Backend, s runs.Settings) (*Run, error) {
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
	return open(backend, "", s, splits, Options{}, string(lod.StartRandom))
}

// TimeStep measures the training step of a Synthetic run with the given share (above 0 to 1) of every layer's ranks kept
// and the rest cut away, over `steps` steps.
func TimeStep(backend compute.Backend, s runs.Settings, share float64, steps int) (StepTime, error) {
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
	draw := func() int {
		r.sampler.Draw(sampled)
		return r.machine.firstFor(sampled, alive)
	}
	const draws = 10_000
	often := map[int]int{}
	for range draws {
		often[draw()]++
	}
	done := 0
	one := func(first int) (float64, error) {
		for draw() != first {
		}
		order := data.EpochOrder(r.Examples(), 1, done)
		done++
		begin := time.Now()
		_, err := r.machine.step(order[:s.Batch], sampled, alive, stepAt{number: done, rate: s.LR})
		return 1e3 * time.Since(begin).Seconds(), err
	}
	result := StepTime{Programs: len(often), TotalRank: totalRank(r.Network), MACs: r.Network.StoredMACs()}
	for _, first := range slices.Sorted(maps.Keys(often)) {
		compile, err := one(first)
		if err != nil {
			return StepTime{}, err
		}
		times := make([]float64, steps)
		for i := range steps + 3 { // three to warm up
			if times[i%steps], err = one(first); err != nil {
				return StepTime{}, err
			}
		}
		slices.Sort(times)
		result.CompileMS += compile
		result.MedianMS += stat.Quantile(0.5, stat.Empirical, times, nil) * float64(often[first]) / draws
	}
	result.Bytes = bytesHeld(r.Network) // with the optimiser's, which are there after the first step
	return result, nil
}

func bytesHeld(n *lod.Network) (bytes int64) {
	for v := range n.Store().IterVariables() {
		bytes += int64(v.Shape().ByteSize())
	}
	return bytes
}
