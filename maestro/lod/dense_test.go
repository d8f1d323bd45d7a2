package lod_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// eval runs a graph function once on float64 inputs and returns its outputs as flat slices.
func eval(t *testing.T, backend compute.Backend, fn func(in []*graph.Node) []*graph.Node, inputs ...any) [][]float64 {
	t.Helper()
	exec, err := graph.NewExec(backend, fn)
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call(inputs...)
	if err != nil {
		t.Fatal(err)
	}
	flat := make([][]float64, len(out))
	for i, o := range out {
		flat[i] = tensors.MustCopyFlatData[float64](o)
	}
	return flat
}

func random(rng *rand.Rand, dims ...int) *tensors.Tensor {
	n := 1
	for _, d := range dims {
		n *= d
	}
	flat := make([]float64, n)
	for i := range flat {
		flat[i] = rng.NormFloat64()
	}
	return tensors.FromFlatDataAndDimensions(flat, dims...)
}

func dense(t *tensors.Tensor) *mat.Dense {
	dims := t.Shape().Dimensions
	return mat.NewDense(dims[0], dims[1], tensors.MustCopyFlatData[float64](t))
}

// TestTruncatedEqualsCut: running the map masked to b columns gives what factors physically cut to b columns give.
func TestTruncatedEqualsCut(t *testing.T) {
	const batch, inputs, outputs, rank = 5, 7, 4, 4
	backend := testkit.Backend(t)
	rng := rand.New(rand.NewPCG(1, 2))
	x, u, v, bias := random(rng, batch, inputs), random(rng, outputs, rank), random(rng, inputs, rank),
		random(rng, outputs)
	for b := 0; b <= rank; b++ {
		got := eval(t, backend, func(in []*graph.Node) []*graph.Node {
			d := lod.Dense{U: in[1], V: in[2], Bias: in[3]}
			return []*graph.Node{d.ApplyTruncated(in[0], in[4]), d.Apply(in[0])}
		}, x, u, v, bias, int32(b))
		for i, columns := range []int{b, rank} {
			want := mat.NewDense(batch, outputs, nil)
			if columns > 0 {
				var h mat.Dense
				h.Mul(dense(x), dense(v).Slice(0, inputs, 0, columns))
				want.Mul(&h, dense(u).Slice(0, outputs, 0, columns).T())
			}
			want.Apply(func(_, j int, y float64) float64 { return y + tensors.MustCopyFlatData[float64](bias)[j] },
				want)
			if diff := farthest(got[i], want.RawMatrix().Data); diff > 1e-12 {
				t.Errorf("rank %d of %d: output is off by %g", columns, rank, diff)
			}
		}
	}
}

func farthest(a, b []float64) float64 {
	worst := 0.0
	for i := range a {
		worst = max(worst, math.Abs(a[i]-b[i]))
	}
	return worst
}

// TestGradients checks the gradients of the map, whole and truncated, and of both kinds of lasso against central
// differences.
func TestGradients(t *testing.T) {
	const batch, inputs, outputs, rank = 3, 6, 5, 4
	backend := testkit.Backend(t)
	rng := rand.New(rand.NewPCG(3, 4))
	x, target := random(rng, batch, inputs), random(rng, batch, outputs)
	losses := map[string]func(d lod.Dense, x, target *graph.Node) *graph.Node{
		"whole": func(d lod.Dense, x, target *graph.Node) *graph.Node {
			return graph.ReduceAllSum(graph.Square(graph.Sub(d.Apply(x), target)))
		},
		"truncated": func(d lod.Dense, x, target *graph.Node) *graph.Node {
			return graph.ReduceAllSum(graph.Square(graph.Sub(d.ApplyTruncated(x, graph.Const(x.Graph(), int32(2))),
				target)))
		},
		"hierarchical lasso": func(d lod.Dense, _, _ *graph.Node) *graph.Node { return d.Penalty(lod.Hierarchical) },
		"plain lasso":        func(d lod.Dense, _, _ *graph.Node) *graph.Node { return d.Penalty(lod.Plain) },
	}
	for name, loss := range losses {
		t.Run(name, func(t *testing.T) {
			weights := []*tensors.Tensor{random(rng, outputs, rank), random(rng, inputs, rank), random(rng, outputs)}
			exec, err := graph.NewExec(backend, func(in []*graph.Node) []*graph.Node {
				d := lod.Dense{U: in[0], V: in[1], Bias: in[2]}
				l := loss(d, in[3], in[4])
				return append([]*graph.Node{l}, graph.Gradient(l, in[:3]...)...)
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			at := func() []*tensors.Tensor {
				out, err := exec.Call(weights[0], weights[1], weights[2], x, target)
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			gradients := at()[1:]
			const h = 1e-5
			for w, weight := range weights {
				flat := tensors.MustCopyFlatData[float64](weight)
				gradient := tensors.MustCopyFlatData[float64](gradients[w])
				for i, value := range flat {
					probe := func(v float64) float64 {
						moved := append([]float64(nil), flat...)
						moved[i] = v
						weights[w] = tensors.FromFlatDataAndDimensions(moved, weight.Shape().Dimensions...)
						return tensors.ToScalar[float64](at()[0])
					}
					want := (probe(value+h) - probe(value-h)) / (2 * h)
					if math.Abs(gradient[i]-want) > 1e-6*(1+math.Abs(want)) {
						t.Errorf("weight %d, entry %d: gradient %g, central difference %g", w, i, gradient[i], want)
					}
				}
				weights[w] = weight
			}
		})
	}
}

// TestLassoOnZeroTail: columns that are zero get gradient zero, and the others the gradient they would have without
// them.
func TestLassoOnZeroTail(t *testing.T) {
	const rows, rank, alive = 4, 6, 3
	backend := testkit.Backend(t)
	w := random(rand.New(rand.NewPCG(5, 6)), rows, rank)
	flat := tensors.MustCopyFlatData[float64](w)
	kept := make([]float64, 0, rows*alive)
	for i := range rows {
		kept = append(kept, flat[i*rank:i*rank+alive]...)
		for j := alive; j < rank; j++ {
			flat[i*rank+j] = 0
		}
	}
	for _, kind := range []lod.Lasso{lod.Hierarchical, lod.Plain} {
		gradient := func(w any) []float64 {
			return eval(t, backend, func(in []*graph.Node) []*graph.Node {
				return graph.Gradient(lod.GroupLasso(in[0], kind), in[0])
			}, w)[0]
		}
		whole := gradient(tensors.FromFlatDataAndDimensions(flat, rows, rank))
		cut := gradient(tensors.FromFlatDataAndDimensions(kept, rows, alive))
		for i := range rows {
			for j := range rank {
				want := 0.0
				if j < alive {
					want = cut[i*alive+j]
				}
				if got := whole[i*rank+j]; math.IsNaN(got) || math.Abs(got-want) > 1e-12 {
					t.Errorf("%s: gradient at row %d, column %d is %g, want %g", kind, i, j, got, want)
				}
			}
		}
	}
}

// TestLassoValue compares the penalty with its definition, norms of explicit column groups.
func TestLassoValue(t *testing.T) {
	const rows, rank = 5, 4
	w := random(rand.New(rand.NewPCG(7, 8)), rows, rank)
	m := dense(w)
	want := map[lod.Lasso]float64{}
	for b := range rank {
		want[lod.Hierarchical] += mat.Norm(m.Slice(0, rows, b, rank), 2)
		want[lod.Plain] += mat.Norm(m.Slice(0, rows, b, b+1), 2)
	}
	backend := testkit.Backend(t)
	for kind, value := range want {
		got := eval(t, backend,
			func(in []*graph.Node) []*graph.Node { return []*graph.Node{lod.GroupLasso(in[0], kind)} }, w)[0][0]
		if math.Abs(got-value) > 1e-12 {
			t.Errorf("%s: %g, want %g", kind, got, value)
		}
	}
}

// TestMistakesAreNamed: shapes that do not fit come back as an error that says which and what was wanted.
func TestMistakesAreNamed(t *testing.T) {
	backend := testkit.Backend(t)
	rng := rand.New(rand.NewPCG(9, 10))
	for name, c := range map[string]struct {
		x, u, v *tensors.Tensor
		rank    any
		say     string
	}{
		"input width": {random(rng, 2, 9), random(rng, 3, 2), random(rng, 4, 2), int32(1), "input must be [batch, 4]"},
		"two ranks":   {random(rng, 2, 4), random(rng, 3, 2), random(rng, 4, 3), int32(1), "factors must be"},
		"float rank": {random(rng, 2, 4), random(rng, 3, 2), random(rng, 4, 2), float32(1),
			"must be an integer scalar"},
	} {
		t.Run(name, func(t *testing.T) {
			exec, err := graph.NewExec(backend, func(x, u, v, rank *graph.Node) *graph.Node {
				return lod.Dense{U: u, V: v}.ApplyTruncated(x, rank)
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			if _, err = exec.Call(c.x, c.u, c.v, c.rank); err == nil || !strings.Contains(fmt.Sprint(err), c.say) {
				t.Errorf("error is %v, want it to say %q", err, c.say)
			}
		})
	}
}
