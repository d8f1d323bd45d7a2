package main

import (
	"context"
	"encoding/json"

	"github.com/maestro-lod/notebook/maestro/bench"
	"github.com/maestro-lod/notebook/maestro/device"
)

type benchCommand struct {
	SVD benchSVDCommand `cmd:"" name:"svd" help:"The training loop of the SVD study, beside a PyTorch loop in the same run."`
}

type benchSVDCommand struct {
	Steps  int    `default:"2000" help:"Training steps of a run." placeholder:"N"`
	Runs   int    `default:"5" help:"Counted runs, after one warm-up; medians are printed." placeholder:"N"`
	Python string `help:"A Python with torch installed, to time the PyTorch loop too." placeholder:"PATH"`
}

func (b *benchSVDCommand) Run(ctx context.Context, c console) error {
	backend, err := device.Open(ctx)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	result, err := bench.SVD(ctx, backend, bench.SVDOptions{Steps: b.Steps, Runs: b.Runs, Python: b.Python})
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(c.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}
