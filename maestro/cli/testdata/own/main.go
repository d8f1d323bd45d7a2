// Own is the command for networks and data of its own: every verb of maestro knows them.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/cli"
	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/rows"
	"github.com/maestro-lod/notebook/maestro/train"
)

// points are places in the plane, how high a hill is there, and whether one stands on it.
func points(n int) *rows.Table {
	t := &rows.Table{Name: "hill", Header: []string{"east", "north", "height", "on"}}
	rng := rand.New(rand.NewPCG(1, 2))
	for range n {
		x, y := 4*rng.Float64()-2, 4*rng.Float64()-2
		height := 100 * math.Exp(-x*x-y*y)
		t.Rows = append(t.Rows, []string{fmt.Sprint(x), fmt.Sprint(y), fmt.Sprint(height), fmt.Sprint(height > 20)})
	}
	return t
}

// net is two hidden layers.
func net(outputs int) lod.Model {
	return func(p *lod.Pass, x *graph.Node) *graph.Node {
		x = graph.Tanh(p.Dense("first", x, 24))
		x = graph.Tanh(p.Dense("second", x, 24))
		return p.Dense("last", x, outputs)
	}
}

// falling is a learning rate that falls in a straight line.
type falling struct{}

func (falling) Rate(lr float64, step, steps int) float64 {
	return lr * (1 - float64(step)/float64(steps))
}

func defaults(s *runs.Settings) {
	s.Epochs, s.Batch, s.LR, s.LambdaGL, s.EpsPS, s.Schedule = 30, 32, 0.03, 1e-3, 0.05, "falling"
}

func regress(seed uint64) (*task.Task, error) {
	return points(1500).Regress("net", net(1), rows.Options{Target: "height", Inputs: []string{"east", "north"}, Seed: seed})
}

func classify(seed uint64) (*task.Task, error) {
	return points(1500).Classify("net-of-classes", net(2), rows.Options{Target: "on", Inputs: []string{"east", "north"}, Seed: seed})
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "rows" {
		_ = json.NewEncoder(os.Stdout).Encode(points(1500).Rows)
		return
	}
	own := train.Own{Schedule: falling{}}
	cli.Main(cli.With(
		cli.Task{Model: "net", Data: "hill", Own: own, Defaults: defaults,
			Load: func(_ context.Context, s runs.Settings, _ data.Options) (*task.Task, error) { return regress(s.Seed) }},
		cli.Task{Model: "net-of-classes", Data: "hill", Own: own, Defaults: defaults,
			Load: func(_ context.Context, s runs.Settings, _ data.Options) (*task.Task, error) { return classify(s.Seed) }},
	))
}
