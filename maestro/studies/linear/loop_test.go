package linear

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// TestLoopEqualsHandWritten compares stretches of training steps, inside XLA and a call a step on the pure-Go backend,
// with the same steps written out in float64 from the gradient's formula.
func TestLoopEqualsHandWritten(t *testing.T) {
	shapes := map[string]loopShape{
		"one batch":       {batches: 1},
		"fresh batches":   {batches: 8},
		"full pass":       {batches: 1, fullPass: true},
		"plain lasso":     {batches: 1, lambda: 0.03, lasso: lod.Plain},
		"hierarchical":    {batches: 8, lambda: 0.02, lasso: lod.Hierarchical},
		"weighted, whole": {batches: 1, fullPass: true, lambda: 0.01, lasso: lod.Plain},
	}
	backends := map[string]compute.Backend{"default": testkit.Backend(t), "go": testkit.PureGo(t)}
	for name, shape := range shapes {
		shape.outputs, shape.inputs, shape.rank, shape.rows, shape.stretch = 4, 6, 3, 5, 8
		if shape.lasso == "" {
			shape.lasso = lod.Hierarchical
		}
		for which, backend := range backends {
			t.Run(name+" on "+which, func(t *testing.T) { compareLoop(t, backend, shape) })
		}
	}
}

func compareLoop(t *testing.T, backend compute.Backend, shape loopShape) {
	rng := rand.New(rand.NewPCG(1, 2))
	l, err := newLoop(backend, shape)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	numbers := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(rng.NormFloat64())
		}
		return out
	}
	w := start(shape, rng)
	data := Batch{
		X: numbers(shape.batches * shape.rows * shape.inputs), Y: numbers(shape.batches * shape.rows * shape.outputs),
		Weights: []float32{1, 0.5, 2, 0, 1},
	}
	u, v := w.dense(shape.outputs, shape.inputs)
	for _, n := range []int{8, 3} { // a whole stretch, then a short one
		ranks, rates := make([]int32, n), make([]float32, n)
		for i := range n {
			ranks[i], rates[i] = int32(1+rng.IntN(shape.rank)), float32(0.05+0.05*rng.Float64())
			handWritten(u, v, shape, data, i, int(ranks[i]), float64(rates[i]))
		}
		if w, err = l.run(t.Context(), w, data, ranks, rates); err != nil {
			t.Fatal(err)
		}
		gotU, gotV := w.dense(shape.outputs, shape.inputs)
		for _, pair := range [][2]*mat.Dense{{gotU, u}, {gotV, v}} {
			var diff mat.Dense
			diff.Sub(pair[0], pair[1])
			if off := mat.Max(mapped(&diff, math.Abs)); !(off < 2e-6) {
				t.Errorf("after a stretch of %d steps a weight is off by %g", n, off)
			}
		}
	}
}

// handWritten takes one SGD step on u and v in place.
func handWritten(u, v *mat.Dense, s loopShape, data Batch, step, rank int, rate float64) {
	at := step % s.batches
	x := widen(data.X[at*s.rows*s.inputs:(at+1)*s.rows*s.inputs], s.rows)
	y := widen(data.Y[at*s.rows*s.outputs:(at+1)*s.rows*s.outputs], s.rows)
	total := 0.0
	for _, weight := range data.Weights {
		total += float64(weight)
	}
	gradU, gradV := mat.NewDense(s.outputs, s.rank, nil), mat.NewDense(s.inputs, s.rank, nil)
	passes := []int{rank}
	if s.fullPass {
		passes = append(passes, s.rank)
	}
	for _, b := range passes {
		ub, vb := u.Slice(0, s.outputs, 0, b), v.Slice(0, s.inputs, 0, b)
		var h, e, gu, gv mat.Dense
		h.Mul(x, vb)
		e.Mul(&h, ub.T())
		e.Sub(&e, y)
		e.Apply(func(i, _ int, r float64) float64 {
			return 2 * r * float64(data.Weights[i]) / (total * float64(s.outputs))
		}, &e)
		gu.Mul(e.T(), &h)
		gv.Mul(&e, ub)
		var xt mat.Dense
		xt.Mul(x.T(), &gv)
		addTo(gradU, &gu)
		addTo(gradV, &xt)
	}
	for _, f := range []struct{ w, grad *mat.Dense }{{u, gradU}, {v, gradV}} {
		rows, _ := f.w.Dims()
		for b := range s.rank {
			end := b + 1
			if s.lasso == lod.Hierarchical {
				end = s.rank
			}
			group := f.w.Slice(0, rows, b, end).(*mat.Dense)
			norm := mat.Norm(group, 2)
			part := f.grad.Slice(0, rows, b, end).(*mat.Dense)
			part.Apply(func(i, j int, g float64) float64 { return g + s.lambda*group.At(i, j)/norm }, part)
		}
	}
	gradU.Scale(rate, gradU)
	gradV.Scale(rate, gradV)
	u.Sub(u, gradU)
	v.Sub(v, gradV)
}

// addTo adds m to the leading columns of sum.
func addTo(sum, m *mat.Dense) {
	rows, cols := m.Dims()
	part := sum.Slice(0, rows, 0, cols).(*mat.Dense)
	part.Add(part, m)
}

func mapped(m *mat.Dense, fn func(float64) float64) *mat.Dense {
	var out mat.Dense
	out.Apply(func(_, _ int, v float64) float64 { return fn(v) }, m)
	return &out
}
