package train_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

// From a network to its ranks after training: build, sample, step, shrink, look.
func Example() {
	ctx := context.Background()
	backend, err := device.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()
	digits, err := data.MNISTSmall(ctx, data.Options{TrainExamples: 2000, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}

	// Build: every Dense is a product U Vᵀ, at full rank to begin with.
	network := func(p *lod.Pass, x *graph.Node) *graph.Node {
		x = graph.Reshape(x, x.Shape().Dim(0), -1) // [batch, 784]
		x = graph.Tanh(p.Dense("hidden", x, 64))
		return p.Dense("classes", x, 10)
	}
	task := images.Classify("two-layers", network, digits)

	// Sample: each step runs one layer at one of its ranks, and the lasso pushes its last columns to zero.
	s := runs.Defaults()
	s.Sampler, s.LambdaGL, s.EpsPS = "uniform", 3e-3, 0.05
	s.Epochs, s.Batch, s.LR = 8, 50, 0.05
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	run, err := train.New(backend, filepath.Join(dir, "run"), s, task, train.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer run.Close()

	// Step and shrink: what has fallen to zero after an epoch is cut out of the weights and of the compiled step.
	if err := run.Train(ctx); err != nil {
		log.Fatal(err)
	}

	// Look: the folder says how the ranks fell.
	record, err := runs.Read(run.Dir)
	if err != nil {
		log.Fatal(err)
	}
	layers, full, now := record.LayerRanks()
	for i, layer := range layers {
		fmt.Printf("%s: below its full rank of %d: %t\n", layer, full[i], now[i] < full[i])
	}
	fmt.Println("right on more than 80 % of the validation split:", record.Last().ValidationAccuracy > 80)
	// Output:
	// hidden: below its full rank of 64: true
	// classes: below its full rank of 10: true
	// right on more than 80 % of the validation split: true
}
