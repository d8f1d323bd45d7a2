// Package bench times our training steps beside what a user would pick instead, in one run, so that the ratio means
// something on a shared and noisy machine too.
package bench

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/stat"

	"github.com/maestro-lod/notebook/maestro/studies/linear"
)

//go:embed svd_peer.py
var svdPeer string

// SVDOptions sets the benchmark of the SVD study.
type SVDOptions struct {
	Steps  int
	Runs   int    // counted runs, after one that is not
	Python string // an interpreter with torch, or "" to leave PyTorch out
}

// SVDResult holds medians over the runs, in milliseconds.
type SVDResult struct {
	Steps     int     `json:"steps"`
	Runs      int     `json:"runs"`
	TrainMS   float64 `json:"train_ms"`             // all steps and the transfers between them
	CompileMS float64 `json:"compile_ms"`           // building and compiling the step, once a study
	TorchMS   float64 `json:"torch_ms,omitempty"`   // the same steps in PyTorch
	TorchOver float64 `json:"torch_over,omitempty"` // torch_ms / train_ms
}

// SVD times the training loop of the default SVD study, and of the same loop in PyTorch. The two take turns.
func SVD(ctx context.Context, backend compute.Backend, o SVDOptions) (SVDResult, error) {
	if o.Steps < 1 || o.Runs < 1 {
		return SVDResult{}, fmt.Errorf("steps and runs must be at least 1, not %d and %d", o.Steps, o.Runs)
	}
	var train, compile, torch []float64
	for run := range o.Runs + 1 {
		s := linear.DefaultSVD()
		s.Steps = o.Steps
		r, err := linear.SVD(ctx, backend, s, nil)
		if err != nil {
			return SVDResult{}, err
		}
		theirs := 0.0
		if o.Python != "" {
			if theirs, err = torchSVD(ctx, o.Python, o.Steps); err != nil {
				return SVDResult{}, err
			}
		}
		if run == 0 {
			continue
		}
		train = append(train, 1e3*r.Timing.Train.Seconds())
		compile = append(compile, 1e3*r.Timing.Compile.Seconds())
		torch = append(torch, theirs)
	}
	result := SVDResult{Steps: o.Steps, Runs: o.Runs, TrainMS: median(train), CompileMS: median(compile),
		TorchMS: median(torch)}
	result.TorchOver = result.TorchMS / result.TrainMS
	return result, nil
}

// torchSVD runs the PyTorch loop in a process of its own, which times it from after its imports, and returns
// milliseconds.
func torchSVD(ctx context.Context, python string, steps int) (float64, error) {
	cmd := exec.CommandContext(ctx, python, "-c", svdPeer, strconv.Itoa(steps))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return 0, fmt.Errorf("the PyTorch loop does not run on %s: %w: %s", python, err, lines[len(lines)-1])
	}
	var timed struct{ MS float64 }
	if err := json.Unmarshal(out, &timed); err != nil {
		return 0, fmt.Errorf("the PyTorch loop printed no time: %w", err)
	}
	return timed.MS, nil
}

func median(values []float64) float64 {
	return stat.Quantile(0.5, stat.Empirical, slices.Sorted(slices.Values(values)), nil)
}
