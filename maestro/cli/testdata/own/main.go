// Own is the command for networks and data of its own: every verb of maestro knows them.
package main

import (
	"context"
	"encoding/json"
	"os"

	"example.org/own/hill"

	"github.com/maestro-lod/notebook/maestro/cli"
	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/train"
)

// falling is a learning rate that falls in a straight line.
type falling struct{}

func (falling) Rate(lr float64, step, steps int) float64 {
	return lr * (1 - float64(step)/float64(steps))
}

func defaults(s *runs.Settings) {
	s.Epochs, s.Batch, s.LR, s.LambdaGL, s.EpsPS, s.Schedule = 30, 32, 0.03, 1e-3, 0.05, "falling"
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "rows" {
		_ = json.NewEncoder(os.Stdout).Encode(hill.Points(1500).Rows)
		return
	}
	own := train.Own{Schedule: falling{}}
	cli.Main(cli.With(
		cli.Task{Model: "net", Data: "hill", Own: own, Defaults: defaults,
			Load: func(_ context.Context, s runs.Settings, _ data.Options) (*task.Task, error) {
				return hill.Regress(s.Seed)
			}},
		cli.Task{Model: "net-of-classes", Data: "hill", Own: own, Defaults: defaults,
			Load: func(_ context.Context, s runs.Settings, _ data.Options) (*task.Task, error) {
				return hill.Classify(s.Seed)
			}},
	))
}
