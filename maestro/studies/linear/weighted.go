package linear

import (
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// DataWeighted returns, for every rank k up to that of the map, the best approximation in the data's own norm: the
// M of rank k with the least E‖Mx − Ax‖² for inputs of second moment Σ = E[xxᵀ]. It is [AΣ^½]_k Σ^−½, see Linear
// problems; Σ^−½ is the pseudo-inverse, so directions without data are left out. A is [m, n] and Σ [n, n].
func DataWeighted(a mat.Matrix, sigma mat.Symmetric) []*mat.Dense {
	half, inverse := lod.Roots(sigma)
	var weighted mat.Dense
	weighted.Mul(a, half)
	exact := Decompose(&weighted)
	rows, cols := a.Dims()
	sum := mat.NewDense(rows, cols, nil)
	best := make([]*mat.Dense, exact.Rank())
	for k := range best {
		sum.RankOne(sum, exact.S[k], exact.P.ColView(k), exact.Q.ColView(k))
		best[k] = new(mat.Dense)
		best[k].Mul(sum, inverse)
	}
	return best
}

// Apart returns the largest ‖U_{:k}V_{:k}ᵀ − M_k‖_F/‖M_k‖_F over the ranks k of best, at most those of the factors.
func Apart(u, v *mat.Dense, best []*mat.Dense) float64 {
	rows, ranks := u.Dims()
	cols, _ := v.Dims()
	sum, most := mat.NewDense(rows, cols, nil), 0.0
	for k := range min(ranks, len(best)) {
		sum.RankOne(sum, 1, u.ColView(k), v.ColView(k))
		var diff mat.Dense
		diff.Sub(sum, best[k])
		most = max(most, mat.Norm(&diff, 2)/mat.Norm(best[k], 2))
	}
	return most
}
