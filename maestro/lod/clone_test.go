package lod_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
)

// TestCloneAndApart: a copy computes what the network does, with its factors applied one after the other too, and
// cutting the copy leaves the network as it was.
func TestCloneAndApart(t *testing.T) {
	backend := testkit.Backend(t)
	n, err := lod.NewNetwork(backend, models.LeNet(10), shapes.Make(dtypes.Float32, 64, 28, 28, 1),
		lod.Init{Kind: lod.InitRandom, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	copied, err := n.Clone()
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 64*28*28)
	for i := range x {
		x[i] = float32(math.Sin(float64(i)))
	}
	compute := func(n *lod.Network, unfused bool) []float32 {
		exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			p := n.Pass(nil)
			if unfused {
				p = p.Unfused()
			}
			return []*graph.Node{n.Model(p, in[0])}
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		out, err := exec.Exec(tensors.FromFlatDataAndDimensions(x, 64, 28, 28, 1))
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](out[0])
	}
	want := compute(n, false)
	for i := range copied.Layers {
		if copied.Layers[i].Name != n.Layers[i].Name {
			t.Fatalf("the copy has layers %+v", copied.Layers)
		}
	}
	for name, got := range map[string][]float32{"copy": compute(copied, false), "copy, unfused factors": compute(copied,
		true)} {
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-5 {
				t.Fatalf("%s: output %d is %g, the network's %g", name, i, got[i], want[i])
			}
		}
	}
	copied.Layers[2].Rank = 1
	if err := copied.Cut(nil); err != nil {
		t.Fatal(err)
	}
	if got := compute(n, false); got[0] != want[0] || n.Layers[2].Rank != 120 || n.Layers[2].Stored != 120 {
		t.Errorf("cutting the copy changed the network: %+v, output %g, before %g", n.Layers[2], got[0], want[0])
	}
	if got := compute(copied, false); got[0] == want[0] {
		t.Error("the copy was cut to rank 1 and computes the same")
	}
}
