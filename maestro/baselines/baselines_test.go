package baselines

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
)

// TestPublishedPufferfish: ResNet-18 with the layers that the paper's keeps has the 3.336 M parameters and 0.22 GMACs
// that the table in Pufferfish's paper prints.
func TestPublishedPufferfish(t *testing.T) {
	n, err := lod.NewNetwork(testkit.Backend(t), models.ResNet18(10, 64), shapes.Make(dtypes.Float32, 1, 32, 32, 3),
		lod.Init{Kind: lod.InitRandom})
	if err != nil {
		t.Fatal(err)
	}
	keep := Keep{First: 3, Last: 1, Pointwise: true}
	cost := lod.Cost{}
	for i, l := range n.Layers {
		if l.Rank = share(l, 0.25); keep.keeps(n.Layers, i) {
			l.Rank = l.Full()
		}
		cost = cost.Plus(l.Deployed())
	}
	others := int64(0)
	for v := range n.Store().IterVariables() {
		if name := v.Name(); v.Trainable && name != "u" && name != "v" {
			others += int64(v.Shape().Size())
		}
	}
	if millions := float64(cost.Weights+others) / 1e6; math.Abs(millions-3.336) > 5e-4 {
		t.Errorf("%.4f M parameters, published 3.336", millions)
	}
	if giga := float64(cost.MACs) / 1e9; math.Round(100*giga) != 22 {
		t.Errorf("%.4f GMACs, published 0.22", giga)
	}
}

// TestStableRank: of an orthogonal matrix all of its rank, of a matrix of rank one 1, and of any other Σσ²/σ₁².
func TestStableRank(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	w := mat.NewDense(7, 12, nil)
	for i := range 7 {
		for j := range 12 {
			w.Set(i, j, rng.NormFloat64())
		}
	}
	var svd mat.SVD
	svd.Factorize(w, mat.SVDNone)
	want, values := 0.0, svd.Values(nil)
	for _, s := range values {
		want += s * s / (values[0] * values[0])
	}
	var qr mat.QR
	qr.Factorize(w.T())
	var q mat.Dense
	qr.QTo(&q)
	one := mat.NewDense(3, 4, nil)
	one.Outer(2, mat.NewVecDense(3, []float64{1, 2, 3}), mat.NewVecDense(4, []float64{1, 0, 1, 5}))
	for _, c := range []struct {
		name string
		w    *mat.Dense
		want float64
	}{{"random", w, want}, {"turned", mat.DenseCopyOf(w.T()), want}, {"orthogonal", &q, 12}, {"rank one", one, 1},
		{"zero", mat.NewDense(2, 2, nil), 0}} {
		if got := StableRank(c.w); math.Abs(got-c.want) > 1e-9*(1+c.want) {
			t.Errorf("%s: stable rank %g, want %g", c.name, got, c.want)
		}
	}
}

// TestScaledRank: a layer whose stable rank has halved since it had its full rank gets half of it.
func TestScaledRank(t *testing.T) {
	l := lod.Layer{Outputs: 64, Inputs: 100}
	for now, want := range map[float64]int{20: 64, 10: 32, 0.01: 1, 30: 64} {
		if got := scaledRank(l, 20, now); got != want {
			t.Errorf("stable rank 20, now %g: rank %d, want %d", now, got, want)
		}
	}
}

// TestStill: Cuttlefish's switch comes when no layer that it will factorise moves any more.
func TestStill(t *testing.T) {
	c := Cuttlefish{Keep: Keep{First: 1}, Epsilon: 0.1}
	layers := make([]lod.Layer, 3)
	for want, series := range map[bool][][]float64{
		true:  {{5, 5, 5}, {4, 3, 3}, {1, 3.05, 2.95}},
		false: {{5, 5, 5}, {4, 3, 3}, {4, 3, 3.2}},
	} {
		if c.still(layers, series) != want {
			t.Errorf("%v: still is not %v", series, want)
		}
	}
	if c.still(layers, [][]float64{{1, 1, 1}}) {
		t.Error("still at the start")
	}
}
