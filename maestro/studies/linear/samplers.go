package linear

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// Recovery is how near the ranks of a map come to what they should become, over training.
type Recovery struct {
	Steps []int
	// Apart are the largest relative distances over the ranks, see Apart.
	Apart []float64
}

// Within is the first step at which the distance is at most as given; ok is false where none is.
func (r Recovery) Within(distance float64) (step int, ok bool) {
	for i, d := range r.Apart {
		if d <= distance {
			return r.Steps[i], true
		}
	}
	return 0, false
}

// StepsToRecover trains the SVD study's problem on the identity with a sampler of a kind, and returns after how many
// steps every rank of the target is within 1 % of the exact decomposition, ‖Ĉ_k − C_k‖_F ≤ 0.01‖C_k‖_F, to `every`
// steps; most+every where that does not happen in most steps.
func (r *Runner) StepsToRecover(ctx context.Context, kind lod.SamplerKind, s SVDSettings, every, most int) (int,
	error) {
	recovery, err := r.Recover(ctx, kind, s, every, most)
	if err != nil {
		return 0, err
	}
	if step, ok := recovery.Within(0.01); ok {
		return step, nil
	}
	return most + every, nil
}

// Recover trains the SVD study's problem on the identity with a sampler of a kind for so many steps, and measures the
// distance to the exact decomposition every so many.
func (r *Runner) Recover(ctx context.Context, kind lod.SamplerKind, s SVDSettings, every, steps int) (found Recovery,
	err error) {
	s.Input, s.Every, s.Steps = InputIdentity, every, steps
	if err := s.complete(steps); err != nil {
		return found, err
	}
	c := s.matrix()
	eye := mat.NewDiagDense(s.Rows, nil)
	for i := range s.Rows {
		eye.SetDiag(i, 1)
	}
	best, data := DataWeighted(c.T(), eye), NewBatch(eye, c, s.Rows)
	p := Problem{
		Outputs: s.Cols, Inputs: s.Rows, Rank: s.Rank, Rows: s.Rows, Seed: s.Seed, Steps: steps, Every: every,
		Data: func(int, int) Batch { return data },
		Rate: constant(StableRate(s.Cols, s.Input.secondMoment(s.Rows), Decompose(c).S[0])),
		Measure: func(step int, u, v *mat.Dense) {
			found.Steps, found.Apart = append(found.Steps, step), append(found.Apart, Apart(u, v, best))
		},
	}
	if kind != lod.SampleUniform { // the studies' own is uniform, on their stream of random numbers
		p.Sampler = func(layers []lod.Layer, seed uint64) (lod.Sampler, error) {
			return lod.NewSampler(kind, layers, seed)
		}
	}
	if _, _, _, err := r.Train(ctx, p, nil); err != nil {
		return found, fmt.Errorf("sampler %s: %w", kind, err)
	}
	return found, nil
}

// PairedT is the two-sided p-value of Student's paired t-test that a and b, measured with the same seeds, have the same
// mean; 1 where they are equal.
func PairedT(a, b []float64) float64 {
	diff := make([]float64, len(a))
	for i := range a {
		diff[i] = a[i] - b[i]
	}
	mean, sd := stat.MeanStdDev(diff, nil)
	if mean == 0 {
		return 1
	}
	t := mean / (sd / math.Sqrt(float64(len(diff))))
	return 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(diff) - 1)}.CDF(-math.Abs(t))
}

// Holm are p-values of so many comparisons, corrected so that none of them is below a level by chance more often than
// that level says (Holm 1979).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	corrected, least := make([]float64, len(p)), 0.0
	for k, i := range order {
		least = max(least, min(1, float64(len(p)-k)*p[i]))
		corrected[i] = least
	}
	return corrected
}
