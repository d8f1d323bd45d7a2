package train

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// TestCompiledOnce: in a run whose ranks fall, a program is compiled anew where the stored shapes changed, and never
// twice for the same ones. Each program calls the model once while it is built.
func TestCompiledOnce(t *testing.T) {
	t.Parallel()
	s := runs.Defaults()
	s.Epochs, s.Batch, s.LambdaGL, s.EpsPS, s.RecompileSteps, s.LR = 4, 16, 2e-3, 0.6, 0, 0.02
	r, err := New(testkit.Backend(t), filepath.Join(t.TempDir(), "run"), s, randomTask(t, s, 128, 28, 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	built, steps := map[string]int{}, 0
	model := r.Network.Model
	r.Network.Model = func(p *lod.Pass, x *graph.Node) *graph.Node {
		program := fmt.Sprintf("the program for a batch of %d with columns", x.Shape().Dim(0))
		for _, l := range r.Network.Layers {
			program += fmt.Sprintf(" %d", l.Stored)
		}
		if built[program]++; x.Shape().Dim(0) == s.Batch {
			steps++
		}
		return model(p, x)
	}
	if err := r.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	for program, times := range built {
		if times > 1 {
			t.Errorf("%s was compiled %d times", program, times)
		}
	}
	if steps < 2 {
		t.Errorf("%d training steps were compiled (%v): no rank was cut, so nothing was tested", steps, built)
	}
}
