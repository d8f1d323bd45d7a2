package linear

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Deviation is how far one learnt rank is from the exact one it should have become.
type Deviation struct {
	Rank       int     // the learnt rank, from 1
	Exact      float64 // the singular value it should have
	Learnt     float64 // ‖u‖‖v‖, what it has
	Error      float64 // |Learnt − Exact| / Exact; NaN where Exact is zero
	LeftAngle  float64 // degrees between u and the exact left singular vector, sign ignored; NaN where Exact is zero
	RightAngle float64 // the same of v and the right singular vector
}

// decomposition is a target's exact singular value decomposition: A = P diag(s) Qᵀ.
type decomposition struct {
	p, q mat.Dense
	s    []float64
}

// decompose computes the thin SVD of a; numerically zero singular values come out as exact zeros. Zero is judged in the
// single precision that targets are trained in and often stored in, by numpy's rule for matrix_rank.
func decompose(a mat.Matrix) decomposition {
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThin) {
		panic("linear: the SVD of a finite matrix did not converge")
	}
	d := decomposition{s: svd.Values(nil)}
	svd.UTo(&d.p)
	svd.VTo(&d.q)
	rows, cols := a.Dims()
	for i, s := range d.s {
		if s <= d.s[0]*float64(max(rows, cols))*epsilon32 {
			d.s[i] = 0
		}
	}
	return d
}

// epsilon32 is the distance from 1 to the next larger float32.
const epsilon32 = 1.0 / (1 << 23)

// transposed is the decomposition of Aᵀ.
func (d decomposition) transposed() decomposition { return decomposition{p: d.q, q: d.p, s: d.s} }

// scaled is the decomposition of the matrix times a positive number.
func (d decomposition) scaled(by float64) decomposition {
	d.s = slices.Clone(d.s)
	floats.Scale(by, d.s)
	return d
}

// trueRank is the number of singular values above zero.
func (d decomposition) trueRank() int {
	for i, s := range d.s {
		if s == 0 {
			return i
		}
	}
	return len(d.s)
}

// dense views the factors as matrices: U [outputs, rank] and V [inputs, rank].
func (w factors) dense(outputs, inputs int) (u, v *mat.Dense) {
	return widen(w.u, outputs), widen(w.v, inputs)
}

func widen(flat []float32, rows int) *mat.Dense {
	out := make([]float64, len(flat))
	for i, x := range flat {
		out[i] = float64(x)
	}
	return mat.NewDense(rows, len(flat)/rows, out)
}

func narrow(m mat.Matrix) []float32 {
	rows, cols := m.Dims()
	out := make([]float32, 0, rows*cols)
	for i := range rows {
		for j := range cols {
			out = append(out, float32(m.At(i, j)))
		}
	}
	return out
}

// TailImportance returns ‖U_{b:}‖‖V_{b:}‖ of every rank b of factors U [outputs, rank] and V [inputs, rank]: what
// progressive shrinking compares with ε_ps.
func TailImportance(u, v *mat.Dense) []float64 {
	_, rank := u.Dims()
	tails := make([]float64, rank)
	for b := range tails {
		tail := func(m *mat.Dense) float64 {
			rows, _ := m.Dims()
			return mat.Norm(m.Slice(0, rows, b, rank), 2)
		}
		tails[b] = tail(u) * tail(v)
	}
	return tails
}

// importances returns ‖u_b‖‖v_b‖ of every rank.
func importances(u, v *mat.Dense) []float64 {
	_, ranks := u.Dims()
	out := make([]float64, ranks)
	for b := range out {
		out[b] = mat.Norm(u.ColView(b), 2) * mat.Norm(v.ColView(b), 2)
	}
	return out
}

// distances returns ‖U_{:k}V_{:k}ᵀ − A_k‖²_F of every rank k, A_k being the best approximation of that rank.
func distances(u, v *mat.Dense, exact decomposition) []float64 {
	rows, ranks := u.Dims()
	cols, _ := v.Dims()
	diff := mat.NewDense(rows, cols, nil) // U_{:k}V_{:k}ᵀ − A_k, one rank after the other
	out := make([]float64, ranks)
	for k := range out {
		diff.RankOne(diff, 1, u.ColView(k), v.ColView(k))
		if k < len(exact.s) && exact.s[k] > 0 {
			diff.RankOne(diff, -exact.s[k], exact.p.ColView(k), exact.q.ColView(k))
		}
		norm := mat.Norm(diff, 2)
		out[k] = norm * norm
	}
	return out
}

// deviations compares each learnt rank with an exact one: learnt rank k+1 with the triple at[k] of the decomposition.
func deviations(u, v *mat.Dense, exact decomposition, at []int) []Deviation {
	learnt := importances(u, v)
	out := make([]Deviation, len(learnt))
	for k := range out {
		d := Deviation{Rank: k + 1, Learnt: learnt[k], Error: math.NaN(), LeftAngle: math.NaN(), RightAngle: math.NaN()}
		if k < len(at) && exact.s[at[k]] > 0 {
			i := at[k]
			d.Exact = exact.s[i]
			d.Error = math.Abs(d.Learnt-d.Exact) / d.Exact
			d.LeftAngle = angle(u.ColView(k), exact.p.ColView(i))
			d.RightAngle = angle(v.ColView(k), exact.q.ColView(i))
		}
		out[k] = d
	}
	return out
}

// angle between the lines of two vectors, in degrees from 0 to 90.
func angle(a, b mat.Vector) float64 {
	cos := math.Abs(mat.Dot(a, b)) / (mat.Norm(a, 2) * mat.Norm(b, 2))
	return math.Acos(min(cos, 1)) * 180 / math.Pi
}

// String is one line for a person: "rank 1: 9.5465, exact 9.5465 (off by 0.00 %), u 0.01° and v 0.02° from exact".
func (d Deviation) String() string {
	if math.IsNaN(d.Error) {
		return fmt.Sprintf("rank %d: %.4f, exact 0", d.Rank, d.Learnt)
	}
	number := "%.4f"
	if d.Exact < 0.01 || d.Exact >= 1e7 { // a target in other units
		number = "%.5g"
	}
	return fmt.Sprintf("rank %d: "+number+", exact "+number+" (off by %.2f %%), u %.2f° and v %.2f° from exact",
		d.Rank, d.Learnt, d.Exact, 100*d.Error, d.LeftAngle, d.RightAngle)
}
