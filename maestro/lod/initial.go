package lod

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
	"gonum.org/v1/gonum/mat"
)

// InitKind says how the factors are drawn.
type InitKind string

const (
	// InitSVD draws the full matrix as PyTorch does and factorises it: W = P S Qᵀ gives U = P√S and V = Q√S. The
	// network starts as the non-factorised one would.
	InitSVD InitKind = "svd"
	// InitRandom draws each factor as the weights of a layer of its own.
	InitRandom InitKind = "random"
)

// Check returns an error that names the known kinds when k is none of them.
func (k InitKind) Check() error {
	if k != InitSVD && k != InitRandom {
		return fmt.Errorf("unknown start %q: use %q or %q", k, InitSVD, InitRandom)
	}
	return nil
}

// Init draws a network's first weights, each layer from a stream of random numbers of its own.
type Init struct {
	Kind InitKind
	Seed uint64
	// WholeFirst and WholeLast are how many layers, from either end, are kept as one matrix in place of two factors;
	// WholeFirst can be math.MaxInt for the non-factorised network. That matrix is the one InitSVD would factorise.
	WholeFirst, WholeLast int
}

// matrix says whether the index-th of `layers` layers is kept as one matrix.
func (s Init) matrix(index, layers int) bool {
	return index < s.WholeFirst || index >= layers-s.WholeLast
}

// draw makes the variables of layer l, the index-th of its network.
func (s Init) draw(scope *model.Scope, l Layer, index int) {
	rng := rand.New(rand.NewPCG(s.Seed, uint64(index)))
	// PyTorch's default for a layer with this many inputs to each output: uniform within ±1/√fan-in.
	bound := 1 / math.Sqrt(float64(l.Inputs))
	uniform := func(n int, bound float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = bound * (2*rng.Float64() - 1)
		}
		return out
	}
	r := l.Full()
	var u, v *mat.Dense
	if l.Matrix {
		w := mat.NewDense(l.Outputs, l.Inputs, uniform(l.Outputs*l.Inputs, bound))
		scope.VariableWithValue("matrix", float32s(mat.DenseCopyOf(w.T()), columns(l, l.Outputs)...))
	} else if s.Kind == InitRandom {
		v = mat.NewDense(l.Inputs, r, uniform(l.Inputs*r, bound))
		u = mat.NewDense(l.Outputs, r, uniform(l.Outputs*r, 1/math.Sqrt(float64(r))))
	} else {
		u, v = Factorise(mat.NewDense(l.Outputs, l.Inputs, uniform(l.Outputs*l.Inputs, bound)))
	}
	if !l.Matrix {
		scope.VariableWithValue("u", float32s(u, l.Outputs, r))
		scope.VariableWithValue("v", float32s(v, columns(l, r)...))
	}
	if !l.Bias {
		return
	}
	bias := make([]float32, l.Outputs)
	for i, b := range uniform(l.Outputs, bound) {
		bias[i] = float32(b)
	}
	scope.VariableWithValue("bias", tensors.FromFlatDataAndDimensions(bias, l.Outputs))
}

// Factorise splits a full matrix w [m, n] evenly by its singular value decomposition W = P S Qᵀ into U = P√S
// [m, min(m, n)] and V = Q√S [n, min(m, n)], the most important column first. A matrix with NaN or infinite entries
// panics.
func Factorise(w *mat.Dense) (u, v *mat.Dense) {
	var svd mat.SVD
	if !svd.Factorize(w, mat.SVDThin) {
		exceptions.Panicf("lod.Factorise: the singular value decomposition did not converge")
	}
	u, v = &mat.Dense{}, &mat.Dense{}
	svd.UTo(u)
	svd.VTo(v)
	for b, s := range svd.Values(nil) {
		for _, f := range []*mat.Dense{u, v} {
			rows, _ := f.Dims()
			for i := range rows {
				f.Set(i, b, f.At(i, b)*math.Sqrt(s))
			}
		}
	}
	return u, v
}

func float32s(m *mat.Dense, dims ...int) *tensors.Tensor {
	raw := m.RawMatrix()
	flat := make([]float32, 0, raw.Rows*raw.Cols)
	for i := range raw.Rows {
		for _, x := range raw.Data[i*raw.Stride : i*raw.Stride+raw.Cols] {
			flat = append(flat, float32(x))
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, dims...)
}
