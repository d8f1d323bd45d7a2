package linear

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// Input says which x a linear map is trained on.
type Input string

const (
	// InputIdentity is the whole identity matrix as one batch: every direction once a step.
	InputIdentity Input = "identity"
	// InputBall draws each x uniformly from the unit ball, the distribution of the paper's theorem.
	InputBall Input = "ball"
	// InputGaussian draws each x from a standard normal distribution.
	InputGaussian Input = "gaussian"
)

// SVDSettings sets the SVD recovery study. The map to learn is y = x C with C [rows, cols] of rank true_rank.
type SVDSettings struct {
	Rows     int       `yaml:"rows"`      // width of x
	Cols     int       `yaml:"cols"`      // width of y
	TrueRank int       `yaml:"true_rank"` // of the random C = randn(rows, true_rank) · randn(true_rank, cols)
	Rank     int       `yaml:"rank"`      // of the factors; 0 for the largest there is, min(rows, cols)
	Steps    int       `yaml:"steps"`     // 0 derives it from the rank: 2,000 up to rank 6
	LR       float64   `yaml:"lr"`        // of plain SGD; 0 derives it from the shape and scale of the problem
	LambdaGL float64   `yaml:"lambda_gl"` // weight of the group lasso
	Lasso    lod.Lasso `yaml:"lasso"`
	Input    Input     `yaml:"input"`
	Batch    int       `yaml:"batch"` // examples a step, where Input draws them
	Every    int       `yaml:"every"` // steps from one measurement to the next
	Seed     uint64    `yaml:"seed"`  // of the matrix, the start, the sampled ranks and the inputs

	// Target is C itself, in place of a random one; Rows, Cols and TrueRank then follow from it. It is learnt in the
	// same way whatever units it is in, from 1e-150 to 1e150.
	Target [][]float64 `yaml:"target"`
}

// DefaultSVD is the experiment of the poster's figure 1: a 9×6 matrix of rank 3.
func DefaultSVD() SVDSettings {
	return SVDSettings{Rows: 9, Cols: 6, TrueRank: 3, Lasso: lod.Hierarchical, Input: InputIdentity, Batch: 64, Seed: 1}
}

// SVDResult is what SVD measured. The learnt map is x ↦ x V Uᵀ, that is U Vᵀ ≈ Cᵀ: u_k belongs with the left
// singular vectors of Cᵀ, which are C's right ones, and v_k with its right ones.
type SVDResult struct {
	Settings SVDSettings // with everything derived filled in
	Target   *mat.Dense  // C
	Singular []float64   // its singular values, largest first
	Distance Curves      // ‖Ĉ_k − C_k‖²_F to the best approximation of each rank k
	Values   Curves      // ‖u_k‖‖v_k‖, beside the exact singular values
	Ranks    []Deviation // the learnt factors beside the exact decomposition of Cᵀ, at the end
	U, V     *mat.Dense  // the learnt factors, [cols, rank] and [rows, rank]
	Timing   Timing
}

// SVD learns a linear map by sampling ranks, and measures how its factors become the map's singular value
// decomposition.
func SVD(ctx context.Context, backend compute.Backend, s SVDSettings, progress cache.Progress) (*SVDResult, error) {
	r := NewRunner(backend)
	defer r.Close()
	return r.SVD(ctx, s, progress)
}

// SVD is the function of that name; the Runner keeps what it compiles.
func (r *Runner) SVD(ctx context.Context, s SVDSettings, progress cache.Progress) (*SVDResult, error) {
	if err := s.complete(2000); err != nil {
		return nil, fmt.Errorf("svd study: %w", err)
	}
	c := s.matrix()
	exact := Decompose(c)
	s.TrueRank = exact.Rank()
	asked := s.LR
	if s.LR == 0 {
		s.LR = StableRate(s.Cols, s.Input.secondMoment(s.Rows), exact.S[0])
	}
	result := &SVDResult{
		Settings: s, Target: c, Singular: exact.S,
		Distance: NewCurves(s.Rank, zeros(s.Rank)),
		Values:   NewCurves(s.Rank, exact.S[:s.Rank]),
	}
	unit := 1.0 // random targets are drawn at the scale of the start
	if s.Target != nil {
		unit = trainingUnit(exact.S[0])
	}
	var scaled mat.Dense
	scaled.Scale(1/unit, c)
	data, rows := s.data(&scaled)
	rate := constant(s.LR * unit)
	if s.Input != InputIdentity {
		rate = settle(s.LR*unit, s.Steps)
	}
	problem := Problem{
		Outputs: s.Cols, Inputs: s.Rows, Rank: s.Rank,
		Rows: rows, Fresh: s.Input != InputIdentity, Data: data,
		Steps: s.Steps, Rate: rate, LambdaGL: s.LambdaGL / math.Pow(unit, 1.5), Lasso: s.Lasso, Seed: s.Seed,
		Every: s.Every, Measure: func(step int, u, v *mat.Dense) {
			u.Scale(math.Sqrt(unit), u)
			v.Scale(math.Sqrt(unit), v)
			result.U, result.V = u, v
			result.Distance.Add(step, Distances(u, v, exact.Transposed()))
			result.Values.Add(step, Importances(u, v))
		},
		diverged: divergence(s.LR, asked, s.LambdaGL),
	}
	var err error
	if _, _, result.Timing, err = r.Train(ctx, problem, progress); err != nil {
		return nil, fmt.Errorf("svd study: %w", err)
	}
	result.Ranks = Deviations(result.U, result.V, exact.Transposed(), nil)
	return result, nil
}

// complete checks the settings and fills in what follows from others; steps is how many a rank of up to 6 needs.
func (s *SVDSettings) complete(steps int) error {
	if err := matrix("target", s.Target); err != nil {
		return err
	}
	if s.Target != nil {
		s.Rows, s.Cols = len(s.Target), len(s.Target[0])
		s.TrueRank = min(s.Rows, s.Cols)
	}
	if err := firstError(positive("rows", s.Rows), positive("cols", s.Cols)); err != nil {
		return err
	}
	if s.Rank == 0 {
		s.Rank = min(s.Rows, s.Cols)
	}
	if s.Steps == 0 {
		s.Steps = derivedSteps(steps, 6, s.Rank)
	}
	if s.Every == 0 {
		s.Every = max(1, s.Steps/20)
	}
	if s.Input != InputIdentity && s.Input != InputBall && s.Input != InputGaussian {
		return fmt.Errorf("unknown input %q: use %q, %q or %q", s.Input, InputIdentity, InputBall, InputGaussian)
	}
	return firstError(
		positive("steps", s.Steps), positive("batch", s.Batch), positive("every", s.Every),
		within("rank", s.Rank, s.Rows, s.Cols), within("true_rank", s.TrueRank, s.Rows, s.Cols),
		notNegative("lr", s.LR), notNegative("lambda_gl", s.LambdaGL), s.Lasso.Check(),
	)
}

func (s SVDSettings) matrix() *mat.Dense {
	if s.Target != nil {
		return fromRows(s.Target)
	}
	rng := stream(s.Seed, targetStream)
	c := mat.NewDense(s.Rows, s.Cols, nil)
	c.Mul(gaussian(s.Rows, s.TrueRank, rng), gaussian(s.TrueRank, s.Cols, rng))
	return c
}

// data returns the source of training data and how many rows its batches have.
func (s SVDSettings) data(c *mat.Dense) (source func(first, steps int) Batch, rows int) {
	if s.Input == InputIdentity {
		eye := mat.NewDense(s.Rows, s.Rows, nil)
		for i := range s.Rows {
			eye.Set(i, i, 1)
		}
		whole := NewBatch(eye, c, s.Rows)
		return func(int, int) Batch { return whole }, s.Rows
	}
	rng := stream(s.Seed, dataStream)
	return func(_, steps int) Batch {
		x := gaussian(steps*s.Batch, s.Rows, rng)
		if s.Input == InputBall {
			toBall(x, rng)
		}
		var y mat.Dense
		y.Mul(x, c)
		return NewBatch(x, &y, s.Batch)
	}, s.Batch
}

// toBall turns rows of independent normals into points uniform in the unit ball: a uniform direction, at a radius whose
// n-th power is uniform.
func toBall(x *mat.Dense, rng *rand.Rand) {
	rows, n := x.Dims()
	for i := range rows {
		row := x.RawRowView(i)
		norm := 0.0
		for _, v := range row {
			norm += v * v
		}
		scale := math.Pow(rng.Float64(), 1/float64(n)) / math.Sqrt(norm)
		for j := range row {
			row[j] *= scale
		}
	}
}

// secondMoment is s in E[x xᵀ] = s·I over n dimensions.
func (in Input) secondMoment(n int) float64 {
	switch in {
	case InputIdentity:
		return 1 / float64(n)
	case InputBall:
		return 1 / float64(n+2)
	}
	return 1
}
