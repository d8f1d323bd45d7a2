package linear

import (
	"fmt"
	"math"

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

// Importances returns ‖u_b‖‖v_b‖ of every rank.
func Importances(u, v *mat.Dense) []float64 {
	_, ranks := u.Dims()
	out := make([]float64, ranks)
	for b := range out {
		out[b] = mat.Norm(u.ColView(b), 2) * mat.Norm(v.ColView(b), 2)
	}
	return out
}

// Distances returns ‖U_{:k}V_{:k}ᵀ − A_k‖²_F of every rank k, A_k being the best approximation of that rank.
func Distances(u, v *mat.Dense, exact Decomposition) []float64 {
	rows, ranks := u.Dims()
	cols, _ := v.Dims()
	diff := mat.NewDense(rows, cols, nil) // U_{:k}V_{:k}ᵀ − A_k, one rank after the other
	out := make([]float64, ranks)
	for k := range out {
		diff.RankOne(diff, 1, u.ColView(k), v.ColView(k))
		if k < len(exact.S) && exact.S[k] > 0 {
			diff.RankOne(diff, -exact.S[k], exact.P.ColView(k), exact.Q.ColView(k))
		}
		norm := mat.Norm(diff, 2)
		out[k] = norm * norm
	}
	return out
}

// Deviations compares each learnt rank with an exact one: learnt rank k+1, column k of u and v, with the singular
// value and vectors at[k] of the decomposition, or with its k-th where at is nil.
func Deviations(u, v *mat.Dense, exact Decomposition, at []int) []Deviation {
	if at == nil {
		at = count(len(exact.S))
	}
	learnt := Importances(u, v)
	out := make([]Deviation, len(learnt))
	for k := range out {
		d := Deviation{Rank: k + 1, Learnt: learnt[k], Error: math.NaN(), LeftAngle: math.NaN(), RightAngle: math.NaN()}
		if k < len(at) && exact.S[at[k]] > 0 {
			i := at[k]
			d.Exact = exact.S[i]
			d.Error = math.Abs(d.Learnt-d.Exact) / d.Exact
			d.LeftAngle = angle(u.ColView(k), exact.P.ColView(i))
			d.RightAngle = angle(v.ColView(k), exact.Q.ColView(i))
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
