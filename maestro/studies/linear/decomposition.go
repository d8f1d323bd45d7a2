package linear

import (
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Decomposition is the exact singular value decomposition A = P diag(S) Qᵀ of a target A [m, n].
type Decomposition struct {
	P, Q mat.Dense // [m, k] and [n, k] of the k = min(m, n) singular vectors
	S    []float64 // [k], largest first
}

// Decompose computes the thin SVD of a finite matrix; numerically zero singular values come out as exact zeros. Zero is
// judged in the single precision that targets are trained in and often stored in, by numpy's rule for matrix_rank. A
// matrix with NaN or infinite entries panics.
func Decompose(a mat.Matrix) Decomposition {
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThin) {
		panic("linear: the SVD of a finite matrix did not converge")
	}
	d := Decomposition{S: svd.Values(nil)}
	svd.UTo(&d.P)
	svd.VTo(&d.Q)
	rows, cols := a.Dims()
	for i, s := range d.S {
		if s <= d.S[0]*float64(max(rows, cols))*epsilon32 {
			d.S[i] = 0
		}
	}
	return d
}

// epsilon32 is the distance from 1 to the next larger float32.
const epsilon32 = 1.0 / (1 << 23)

// Transposed is the decomposition of Aᵀ.
func (d Decomposition) Transposed() Decomposition { return Decomposition{P: d.Q, Q: d.P, S: d.S} }

// scaled is the decomposition of the matrix times a positive number.
func (d Decomposition) scaled(by float64) Decomposition {
	d.S = slices.Clone(d.S)
	floats.Scale(by, d.S)
	return d
}

// Rank is the number of singular values above zero.
func (d Decomposition) Rank() int {
	for i, s := range d.S {
		if s == 0 {
			return i
		}
	}
	return len(d.S)
}
