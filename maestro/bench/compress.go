package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// CompressOptions sets the benchmark of the greedy search.
type CompressOptions struct {
	Settings runs.Settings
	Search   compress.Settings
	Target   float64 // share of the non-factorised network's MACs that the search goes down to
	Steps    int     // the search is stopped after so many steps; 0 lets it reach the target
	Naive    int     // candidates that are evaluated naively
	Progress cache.Progress
}

// CompressResult is what a search took, and what it would have taken done naively.
type CompressResult struct {
	Model       string  `json:"model"`
	Examples    int     `json:"examples"`
	Lazy        bool    `json:"lazy"`
	Steps       int     `json:"steps"`
	MACsShare   float64 `json:"macs_share"`  // of the last network, of the non-factorised one's
	Seconds     float64 `json:"seconds"`     // of the whole search, compilations included
	Evaluations int     `json:"evaluations"` // of candidates
	Candidates  int     `json:"candidates"`  // that an exhaustive search tries in these steps
	// NaiveSeconds are the mean of evaluating one candidate naively: cut for real, compiled, and run on the batch.
	// They were measured on NaiveMeasured networks along the ladder, and NaiveTotal is extrapolated from them to all
	// candidates.
	NaiveMeasured int     `json:"naive_measured"`
	NaiveSeconds  float64 `json:"naive_seconds"`
	NaiveCompile  float64 `json:"naive_compile_seconds"` // the part of it that is building and compiling
	NaiveTotal    float64 `json:"naive_total_seconds_extrapolated"`
	Speedup       float64 `json:"speedup_extrapolated"`
}

// Compress times the greedy search on a network of random weights and data, and the naive evaluation of some
// candidates.
func Compress(ctx context.Context, backend compute.Backend, o CompressOptions) (CompressResult, error) {
	if o.Naive < 1 || o.Steps < 0 {
		return CompressResult{},
			fmt.Errorf("naive is %d and steps %d: at least 1 candidate must be evaluated naively, in at least 0 steps",
				o.Naive, o.Steps)
	}
	o.Search.ValidateEvery = 0
	bounds := compress.Bounds{MACs: o.Target}
	for _, err := range []error{o.Search.Check(), bounds.Check()} {
		if err != nil {
			return CompressResult{}, err
		}
	}
	run, err := inMemory(backend, o.Settings)
	if err != nil {
		return CompressResult{}, err
	}
	whole, layers := run.Network.Whole(), run.Network
	result := CompressResult{Model: o.Settings.Model, Examples: o.Search.Examples, Lazy: o.Search.Lazy}
	limited, stop := context.WithCancel(ctx)
	defer stop()
	began := time.Now()
	rungs, err := compress.Search(limited, run, o.Search, bounds, nil, nil, func(r compress.Rung) error {
		result.Seconds = time.Since(began).Seconds()
		if o.Steps > 0 && r.Step == o.Steps {
			stop()
		}
		o.Progress.Tell(fmt.Sprintf("searching: step %d, %.2f of the MACs, %d evaluations", r.Step,
			float64(r.MACs)/float64(whole.MACs), r.Evaluations), r.Step, o.Steps)
		return nil
	}, compress.Options{})
	if err != nil && (ctx.Err() != nil || limited.Err() == nil) {
		run.Close()
		return result, err
	}
	for i, r := range rungs {
		result.Evaluations += r.Evaluations
		if i+1 < len(rungs) {
			result.Candidates += compress.Candidates(layers, r.Ranks, o.Search.Shares)
		}
	}
	last := rungs[len(rungs)-1]
	result.Steps, result.MACsShare = last.Step, float64(last.MACs)/float64(whole.MACs)
	run.Close()
	if err := result.naive(ctx, backend, o, rungs); err != nil {
		return result, err
	}
	result.NaiveTotal = result.NaiveSeconds * float64(result.Candidates)
	result.Speedup = result.NaiveTotal / result.Seconds
	return result, nil
}

// naive evaluates networks along the ladder, each cut for real and compiled.
func (r *CompressResult) naive(ctx context.Context, backend compute.Backend, o CompressOptions,
	rungs []compress.Rung) error {
	run, err := inMemory(backend, o.Settings)
	if err != nil {
		return err
	}
	defer run.Close()
	for i := range o.Naive {
		if err := ctx.Err(); err != nil {
			return err
		}
		o.Progress.Tell("evaluating naively", i, o.Naive)
		ranks := rungs[i*(len(rungs)-1)/max(1, o.Naive-1)].Ranks
		began := time.Now()
		if err := run.SetRanks(ranks); err != nil {
			return err
		}
		if err := run.Cut(); err != nil {
			return err
		}
		probe, err := run.NewProbe(o.Search.Examples, o.Search.Seed)
		if err != nil {
			return err
		}
		_, err = probe.Losses(0, [][]int{ranks})
		first := time.Since(began).Seconds()
		if err == nil {
			began = time.Now()
			_, err = probe.Losses(0, [][]int{ranks})
		}
		probe.Close()
		if err != nil {
			return err
		}
		r.NaiveMeasured++
		r.NaiveSeconds += first / float64(o.Naive)
		r.NaiveCompile += (first - time.Since(began).Seconds()) / float64(o.Naive)
	}
	return nil
}
