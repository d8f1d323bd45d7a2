package linear

import (
	"context"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// PCASettings sets the PCA study: autoencoding y = x of a few points in a larger space.
type PCASettings struct {
	Points   int       `yaml:"points"`    // how many, drawn from a standard normal distribution
	Dim      int       `yaml:"dim"`       // of the space
	Rank     int       `yaml:"rank"`      // of the factors; 0 for the largest there is, dim
	Steps    int       `yaml:"steps"`     // 0 derives it from the rank: 2,500 up to rank 10
	DropAt   int       `yaml:"drop_at"`   // the last point is left out from this step on; 0 for never
	LR       float64   `yaml:"lr"`        // of plain SGD; 0 derives it from the points
	LambdaGL float64   `yaml:"lambda_gl"` // for points whose mean square is 1, whatever units they are in
	Lasso    lod.Lasso `yaml:"lasso"`
	FullPass bool      `yaml:"full_pass"` // adds the loss at full rank to the sampled one
	Every    int       `yaml:"every"`     // steps from one measurement to the next; 0 for a twenty-fifth of them
	Seed     uint64    `yaml:"seed"`      // of the points, the start and the sampled ranks

	// Data is the points themselves, one a row, in place of random ones; Points and Dim then follow from it.
	Data [][]float64 `yaml:"data"`
}

// DefaultPCA is the experiment of the poster's figure 2: three points in ten dimensions.
func DefaultPCA() PCASettings {
	return PCASettings{Points: 3, Dim: 10, LambdaGL: 1e-2, Lasso: lod.Plain, FullPass: true, Seed: 1}
}

// DefaultPCADrop is its variant that drops a point midway.
func DefaultPCADrop() PCASettings {
	s := DefaultPCA()
	s.DropAt = 1200
	return s
}

// PCAResult is what PCA measured.
type PCAResult struct {
	Settings   PCASettings // with everything derived filled in
	Data       *mat.Dense  // the points, one a row
	Importance Curves      // ‖u_k‖‖v_k‖; exactly 1 for every dimension of the data, 0 for the rest
	// Ranks compares u_k and v_k at the end with the principal directions of the (uncentred) points that are left, in
	// order of falling variance. The lasso holds each ‖u_k‖‖v_k‖ a little below 1.
	Ranks  []Deviation
	U, V   *mat.Dense // the learnt factors, [dim, rank] each
	Timing Timing
}

// PCA learns to copy points that fill only part of their space. The ranks it needs become the points' principal
// components, and the lasso empties the others; when a dimension disappears from the data, its rank follows.
func PCA(ctx context.Context, backend compute.Backend, s PCASettings, progress cache.Progress) (*PCAResult, error) {
	r := NewRunner(backend)
	defer r.Close()
	return r.PCA(ctx, s, progress)
}

// PCA is the function of that name; the Runner keeps what it compiles.
func (r *Runner) PCA(ctx context.Context, s PCASettings, progress cache.Progress) (*PCAResult, error) {
	if err := s.complete(); err != nil {
		return nil, fmt.Errorf("pca study: %w", err)
	}
	points := s.points()
	exact := Decompose(points)
	asked := s.LR
	if s.LR == 0 {
		// The map is the identity on the span (σ₁ = 1) and the points' own second moment takes the place of s.
		s.LR = derivedRate(0.1, s.Dim, exact.S[0]*exact.S[0]/float64(s.Points), 1)
	}
	unit := 1.0 // random points are drawn with a mean square of 1
	if s.Data != nil {
		unit = mat.Norm(points, 2) / math.Sqrt(float64(s.Points*s.Dim))
	}
	var scaled mat.Dense
	scaled.Scale(1/unit, points)
	left := points
	if s.DropAt > 0 {
		left = points.Slice(0, s.Points-1, 0, s.Dim).(*mat.Dense)
	}
	target := projector(left)
	result := &PCAResult{Settings: s, Data: points, Importance: NewCurves(s.Rank, target.S[:s.Rank])}
	problem := Problem{
		Outputs: s.Dim, Inputs: s.Dim, Rank: s.Rank,
		Rows: s.Points, Data: s.source(&scaled), Change: s.DropAt,
		Steps: s.Steps, Rate: constant(s.LR * unit * unit), Seed: s.Seed,
		FullPass: s.FullPass, LambdaGL: s.LambdaGL, Lasso: s.Lasso,
		Every: s.Every, Measure: func(step int, u, v *mat.Dense) {
			result.U, result.V = u, v
			result.Importance.Add(step, Importances(u, v))
		},
		diverged: divergence(s.LR, asked, s.LambdaGL),
	}
	var err error
	if _, _, result.Timing, err = r.Train(ctx, problem, progress); err != nil {
		return nil, fmt.Errorf("pca study: %w", err)
	}
	result.Ranks = Deviations(result.U, result.V, target, nil)
	return result, nil
}

// complete checks the settings and fills in what follows from others.
func (s *PCASettings) complete() error {
	if err := matrix("data", s.Data); err != nil {
		return err
	}
	if s.Data != nil {
		s.Points, s.Dim = len(s.Data), len(s.Data[0])
	}
	if err := firstError(positive("points", s.Points), positive("dim", s.Dim)); err != nil {
		return err
	}
	if s.Rank == 0 {
		s.Rank = s.Dim
	}
	if s.Steps == 0 {
		s.Steps = derivedSteps(2500, 10, s.Rank)
	}
	if s.Every == 0 {
		s.Every = max(1, s.Steps/25)
	}
	if s.DropAt != 0 && (s.DropAt < 0 || s.DropAt >= s.Steps || s.Points < 2) {
		return fmt.Errorf(
			"drop_at is %d: it must be a step before the last (%d), with at least 2 points to drop one of",
			s.DropAt, s.Steps)
	}
	return firstError(
		positive("steps", s.Steps), positive("every", s.Every),
		within("rank", s.Rank, s.Dim, s.Dim), notNegative("lr", s.LR), notNegative("lambda_gl", s.LambdaGL),
		s.Lasso.Check(),
	)
}

func (s PCASettings) points() *mat.Dense {
	if s.Data != nil {
		return fromRows(s.Data)
	}
	return gaussian(s.Points, s.Dim, stream(s.Seed, targetStream))
}

// source gives the same points every step; from DropAt on the last one weighs nothing. Dropping it by weight keeps the
// shapes, and so the executable, as they are.
func (s PCASettings) source(points *mat.Dense) func(first, steps int) Batch {
	x := narrow(points)
	all, fewer := ones(s.Points), ones(s.Points)
	fewer[s.Points-1] = 0
	return func(first, _ int) Batch {
		weights := all
		if s.DropAt > 0 && first >= s.DropAt {
			weights = fewer
		}
		return Batch{X: x, Y: x, Weights: weights}
	}
}

// projector is the decomposition of the orthogonal projection onto the span of the points: ones for the principal
// directions, in order of falling variance, then zeros.
func projector(points *mat.Dense) Decomposition {
	d := Decompose(points)
	_, dim := points.Dims()
	p := Decomposition{S: zeros(dim), P: d.Q, Q: d.Q}
	for i := range d.Rank() {
		p.S[i] = 1
	}
	return p
}
