package bench

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

// LatencyOptions sets the benchmark of deployed networks.
type LatencyOptions struct {
	Settings runs.Settings
	Targets  []float64 // shares of the non-factorised network's MACs, above 0 to 1
	Times    compress.LatencySettings
	Progress cache.Progress
}

// LatencyResult is how long a forward pass of a deployed network takes, warm, with its weights as constants.
type LatencyResult struct {
	Batch     int     `json:"batch"`
	MACsShare float64 `json:"macs_share"` // of the non-factorised network's, 1 for that itself
	P50       float64 `json:"p50_ms"`
	P95       float64 `json:"p95_ms"`
	OverWhole float64 `json:"over_whole"` // its median over the non-factorised network's
	Calls     int     `json:"calls"`
}

// inMemory is a run of random weights on random images.
func inMemory(backend compute.Backend, s runs.Settings) (*train.Run, error) {
	t, err := images.Synthetic(s)
	if err != nil {
		return nil, err
	}
	return train.InMemory(backend, s, t)
}

// Latency times a network of random weights beside itself at the same share of ranks in every layer, the largest with
// at most each target's MACs; all of them take turns, at each batch size.
func Latency(ctx context.Context, backend compute.Backend, o LatencyOptions) (results []LatencyResult, err error) {
	if err := o.Times.Check(); err != nil {
		return nil, err
	}
	run, err := inMemory(backend, o.Settings)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	if err := run.Recalibrate(); err != nil {
		return nil, err
	}
	whole := run.Network.Whole()
	ranks, shares := [][]int{run.Network.Ranks()}, []float64{1}
	for _, target := range o.Targets {
		if !(target > 0 && target <= 1) {
			return nil, fmt.Errorf("targets has %g: each must be above 0 and at most 1", target)
		}
		_, cut, err := compress.UniformRanks(run.Network, compress.MACs, target*float64(whole.MACs))
		if err != nil {
			return nil, err
		}
		ranks = append(ranks, cut)
	}
	for _, batch := range o.Times.Batches {
		var programs []*compress.Program
		for i, r := range ranks {
			o.Progress.Tell(fmt.Sprintf("compiling for batch %d", batch), i, len(ranks))
			form, err := compress.Deploy(run.Network, r, nil)
			if err != nil {
				return nil, err
			}
			if len(shares) <= i {
				shares = append(shares, float64(compress.SizeOf(form).MACs)/float64(whole.MACs))
			}
			program, err := compress.Compile(backend, form, batch)
			form.Store().Finalize()
			if err != nil {
				return nil, err
			}
			defer program.Close()
			programs = append(programs, program)
		}
		times, err := compress.Measure(ctx, programs, o.Times)
		if err != nil {
			return nil, err
		}
		for i, t := range times {
			results = append(results, LatencyResult{Batch: batch, MACsShare: shares[i], P50: t.P50, P95: t.P95,
				OverWhole: t.P50 / times[0].P50, Calls: t.Calls})
		}
	}
	return results, nil
}
