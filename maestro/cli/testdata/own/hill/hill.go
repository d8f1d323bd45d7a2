// Package hill is a model and data of one's own: a command trains them, and cells of notebooks do.
package hill

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/rows"
)

// Points are places in the plane, how high a hill is there, and whether one stands on it.
func Points(n int) *rows.Table {
	t := &rows.Table{Name: "hill", Header: []string{"east", "north", "height", "on"}}
	rng := rand.New(rand.NewPCG(1, 2))
	for range n {
		x, y := 4*rng.Float64()-2, 4*rng.Float64()-2
		height := 100 * math.Exp(-x*x-y*y)
		t.Rows = append(t.Rows, []string{fmt.Sprint(x), fmt.Sprint(y), fmt.Sprint(height), fmt.Sprint(height > 20)})
	}
	return t
}

// Net is two hidden layers.
func Net(outputs int) lod.Model {
	return func(p *lod.Pass, x *graph.Node) *graph.Node {
		x = graph.Tanh(p.Dense("first", x, 24))
		x = graph.Tanh(p.Dense("second", x, 24))
		return p.Dense("last", x, outputs)
	}
}

// Regress is the task of the height.
func Regress(seed uint64) (*task.Task, error) {
	return Points(1500).Regress("net", Net(1), rows.Options{Target: "height", Inputs: []string{"east", "north"}, Seed: seed})
}

// Classify is the task of whether one stands on the hill.
func Classify(seed uint64) (*task.Task, error) {
	return Points(1500).Classify("net-of-classes", Net(2), rows.Options{Target: "on", Inputs: []string{"east", "north"}, Seed: seed})
}
