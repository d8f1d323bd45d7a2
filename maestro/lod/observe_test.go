package lod_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// TestObserve: what goes into a layer, times its weights, is what comes out of it: of convolutions with strides and
// padding, and of dense maps.
func TestObserve(t *testing.T) {
	backend := testkit.PureGo(t)
	for name, shape := range map[string]lod.ConvShape{
		"plain":   {Outputs: 4, Kernel: 3, NoBias: true},
		"padded":  {Outputs: 4, Kernel: 3, Padding: 2, NoBias: true},
		"strided": {Outputs: 4, Kernel: 2, Stride: 2, Padding: 1, NoBias: true},
	} {
		m := func(p *lod.Pass, x *graph.Node) *graph.Node { return p.Conv("a", x, shape) }
		n, err := lod.NewNetwork(backend, m, shapes.Make(dtypes.Float32, 2, 7, 6, 3), lod.Init{Kind: lod.InitRandom})
		if err != nil {
			t.Fatal(err)
		}
		weight, err := n.Weight(0)
		if err != nil {
			t.Fatal(err)
		}
		exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			var seen *graph.Node
			out := n.Apply(n.Pass(nil).Observe(func(_ int, rows *graph.Node) { seen = rows }), in[0])
			return []*graph.Node{seen, graph.Reshape(out, -1, 4)}
		})
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, 2))
		x := make([]float32, 2*7*6*3)
		for i := range x {
			x[i] = rng.Float32() - 0.5
		}
		out, err := exec.Exec(tensors.FromFlatDataAndDimensions(x, 2, 7, 6, 3))
		if err != nil {
			t.Fatal(err)
		}
		var got mat.Dense
		got.Mul(matrixOf(out[0]), weight.T())
		got.Sub(&got, matrixOf(out[1]))
		if off := mat.Norm(&got, 2) / mat.Norm(matrixOf(out[1]), 2); !(off < 1e-5) {
			t.Errorf("%s: the product differs by %g from what the layer gives", name, off)
		}
		exec.Finalize()
	}
}

func matrixOf(t *tensors.Tensor) *mat.Dense {
	flat := tensors.MustCopyFlatData[float32](t)
	wide := make([]float64, len(flat))
	for i, x := range flat {
		wide[i] = float64(x)
	}
	return mat.NewDense(t.Shape().Dim(0), t.Shape().Dim(1), wide)
}

// TestFactoriseFor: at every rank no near product has a smaller error on the data, the errors are what the values say,
// and for inputs that favour no direction the factors' product is that of Factorise.
func TestFactoriseFor(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	random := func(m, n int) *mat.Dense {
		x := mat.NewDense(m, n, nil)
		x.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, x)
		return x
	}
	w, data := random(5, 7), random(40, 7)
	data.Apply(func(_, j int, x float64) float64 { return x / float64(j+1) }, data)
	var moment mat.Dense
	moment.Mul(data.T(), data)
	sigma := mat.NewSymDense(7, nil)
	for i := range 7 {
		for j := i; j < 7; j++ {
			sigma.SetSym(i, j, moment.At(i, j)/40)
		}
	}
	loss := func(m mat.Matrix) float64 {
		var off, left, square mat.Dense
		off.Sub(m, w)
		left.Mul(&off, sigma)
		square.Mul(&left, off.T())
		return mat.Trace(&square)
	}
	product := func(u, v *mat.Dense, rank int) *mat.Dense {
		var m mat.Dense
		m.Mul(u.Slice(0, 5, 0, rank), v.Slice(0, 7, 0, rank).T())
		return &m
	}
	u, v, values := lod.FactoriseFor(w, sigma)
	left := 0.0
	for _, s := range values {
		left += s * s
	}
	for rank := 1; rank <= 5; rank++ {
		left -= values[rank-1] * values[rank-1]
		least := loss(product(u, v, rank))
		if math.Abs(least-left) > 1e-9 {
			t.Errorf("rank %d: an error of %g, and the values say %g", rank, least, left)
		}
		for range 40 {
			near, far := mat.DenseCopyOf(u), mat.DenseCopyOf(v)
			near.Apply(func(_, _ int, x float64) float64 { return x + 1e-3*rng.NormFloat64() }, near)
			far.Apply(func(_, _ int, x float64) float64 { return x + 1e-3*rng.NormFloat64() }, far)
			if loss(product(near, far, rank)) < least-1e-12 {
				t.Fatalf("rank %d: a near product has a smaller error than %g", rank, least)
			}
		}
	}
	eye := mat.NewSymDense(7, nil)
	for i := range 7 {
		eye.SetSym(i, i, 2)
	}
	u, v, _ = lod.FactoriseFor(w, eye)
	plainU, plainV := lod.Factorise(w)
	for rank := 1; rank <= 5; rank++ {
		var diff mat.Dense
		if diff.Sub(product(u, v, rank), product(plainU, plainV, rank)); mat.Norm(&diff, 2) > 1e-9 {
			t.Errorf("rank %d: %g from the plain decomposition", rank, mat.Norm(&diff, 2))
		}
	}
}
