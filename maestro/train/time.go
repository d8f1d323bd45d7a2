package train

import (
	"maps"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/stat"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// StepTime is how long an optimizer step takes, and what it holds.
type StepTime struct {
	// MedianMS is of one step, handing over its batch included. Where training takes one of several compiled steps,
	// as the draw of a layer has it, it is the mean of their medians, each weighed by how often it is taken.
	MedianMS  float64 `json:"ms"`
	Programs  int     `json:"programs"`   // compiled steps
	CompileMS float64 `json:"compile_ms"` // building and compiling them, and the first run of each
	Bytes     int64   `json:"bytes"`      // of weights and optimizer state
	TotalRank int     `json:"total_rank"`
	MACs      int64   `json:"macs"` // of the factors as they are stored, a forward pass of one example
}

// InMemory makes a run of a task, of random weights, that has no folder: to measure how long things take.
func InMemory(backend compute.Backend, s runs.Settings, t *task.Task) (*Run, error) {
	return open(backend, "", s, t, Options{}, string(lod.InitRandom))
}

// TimeStep measures the training step of a run InMemory with the given share (above 0 to 1) of every layer's ranks kept
// and the rest cut away, over `steps` steps.
func TimeStep(backend compute.Backend, s runs.Settings, t *task.Task, share float64, steps int) (StepTime, error) {
	r, err := InMemory(backend, s, t)
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
	if err := r.sampler.Resize(r.Network.Layers); err != nil {
		return StepTime{}, err
	}
	alive := ranks32(r.Network)
	var drawn lod.Draw
	draw := func() int {
		drawn = r.sampler.Draw()
		return r.executor.programFor(batch{}, drawn).first
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
		order := EpochOrder(r.Examples(), 1, done)
		done++
		begin := time.Now()
		_, err := r.executor.step(batch{examples: order[:s.Batch]}, drawn, alive, stepAt{number: done, rate: s.LR})
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
	result.Bytes = bytesHeld(r.Network) // with the optimizer's, which are there after the first step
	return result, nil
}

func bytesHeld(n *lod.Network) (bytes int64) {
	for v := range n.Store().IterVariables() {
		bytes += int64(v.Shape().ByteSize())
	}
	return bytes
}
