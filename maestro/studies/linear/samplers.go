package linear

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// StepsToRecover trains the SVD study's problem on the identity with a sampler of a kind, and returns after how many
// steps every rank of the target is within 1 % of the exact decomposition, ‖Ĉ_k − C_k‖_F ≤ 0.01‖C_k‖_F, to `every`
// steps; most+every where that does not happen in most steps.
func (r *Runner) StepsToRecover(ctx context.Context, kind lod.SamplerKind, s SVDSettings, every, most int) (int,
	error) {
	s.Input, s.Every, s.Steps = InputIdentity, every, most
	if err := s.complete(most); err != nil {
		return 0, err
	}
	c := s.matrix()
	eye := mat.NewDiagDense(s.Rows, nil)
	for i := range s.Rows {
		eye.SetDiag(i, 1)
	}
	best, data, reached := DataWeighted(c.T(), eye), NewBatch(eye, c, s.Rows), most+every
	p := Problem{
		Outputs: s.Cols, Inputs: s.Rows, Rank: s.Rank, Rows: s.Rows, Seed: s.Seed, Steps: most, Every: every,
		Data: func(int, int) Batch { return data },
		Rate: constant(StableRate(s.Cols, s.Input.secondMoment(s.Rows), Decompose(c).S[0])),
		Measure: func(step int, u, v *mat.Dense) {
			if Apart(u, v, best) <= 0.01 {
				reached = min(reached, step)
			}
		},
	}
	if kind != lod.SampleUniform { // the studies' own is uniform, on their stream of random numbers
		p.Sampler = func(layers []lod.Layer, seed uint64) (lod.Sampler, error) {
			return lod.NewSampler(kind,
				layers, seed)
		}
	}
	if _, _, _, err := r.Train(ctx, p, nil); err != nil {
		return 0, fmt.Errorf("sampler %s: %w", kind, err)
	}
	return reached, nil
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
