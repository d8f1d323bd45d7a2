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

// OrderingSettings sets the study of how the learnt order follows the data. The map is y = x C as in SVD; the inputs
// are its left singular directions, scaled so that the i-th carries importance i: the weakest direction of the map
// becomes the strongest in the data.
type OrderingSettings struct {
	Rows     int       `yaml:"rows"`
	Cols     int       `yaml:"cols"`
	TrueRank int       `yaml:"true_rank"`
	Rank     int       `yaml:"rank"`  // of the factors; 0 for the largest there is, min(rows, cols)
	Steps    int       `yaml:"steps"` // 0 derives it from the rank: 10,000 up to rank 6
	LR       float64   `yaml:"lr"`    // of plain SGD; 0 derives it from the shape and scale of the problem
	LambdaGL float64   `yaml:"lambda_gl"`
	Lasso    lod.Lasso `yaml:"lasso"`
	Every    int       `yaml:"every"` // steps from one measurement to the next; 0 for a twentieth of them
	Seed     uint64    `yaml:"seed"`

	// Target is C itself, in place of a random one, as SVDSettings has it; Rows, Cols and TrueRank then follow from it.
	Target [][]float64 `yaml:"target"`
}

// DefaultOrdering is the experiment on a matrix like that of DefaultSVD.
func DefaultOrdering() OrderingSettings {
	return OrderingSettings{Rows: 9, Cols: 6, TrueRank: 3, Lasso: lod.Hierarchical, Seed: 1}
}

// OrderingResult is what Ordering measured.
type OrderingResult struct {
	Settings OrderingSettings // with everything derived filled in
	Target   *mat.Dense       // C
	Singular []float64        // its singular values, largest first
	Values   Curves           // ‖u_k‖‖v_k‖, beside the singular value that the data rank k-th: the smallest first
	Ranks    []Deviation      // the learnt factors beside the exact ones in that order
	U, V     *mat.Dense       // the learnt factors, [cols, rank] and [rows, rank]
	Timing   Timing
}

// Ordering learns the map of SVD from inputs that put its singular directions in the reverse order of importance, and
// measures that the learnt ranks come in the data's order and not the map's.
func Ordering(
	ctx context.Context, backend compute.Backend, s OrderingSettings, progress cache.Progress,
) (*OrderingResult, error) {
	r := NewRunner(backend)
	defer r.Close()
	return r.Ordering(ctx, s, progress)
}

// Ordering is the function of that name; the Runner keeps what it compiles.
func (r *Runner) Ordering(ctx context.Context, s OrderingSettings, progress cache.Progress) (*OrderingResult, error) {
	if err := s.complete(); err != nil {
		return nil, fmt.Errorf("ordering study: %w", err)
	}
	c := s.svd().matrix()
	exact := Decompose(c)
	s.TrueRank = exact.Rank()
	// The inputs go down as the target goes up, and the outputs stay: in units of the target a rate counts 1/unit
	// times as much, a lasso √unit times, and the factors are √unit times as large again in the end.
	unit := 1.0
	if s.Target != nil {
		unit = trainingUnit(exact.S[0])
	}
	inUnits := exact.scaled(1 / unit)
	asked := s.LR
	if s.LR == 0 {
		s.LR = orderingRate(s.Rows, s.Cols, inUnits.S[:s.TrueRank]) * unit
	}
	order := count(s.TrueRank)
	values := zeros(s.Rank)
	for k := range order {
		order[k] = s.TrueRank - 1 - k
		if k < s.Rank {
			values[k] = exact.S[order[k]]
		}
	}
	result := &OrderingResult{Settings: s, Target: c, Singular: exact.S, Values: NewCurves(s.Rank, values)}
	var scaled, y mat.Dense
	scaled.Scale(1/unit, c)
	x := reversedImportance(&scaled, inUnits)
	y.Mul(x, &scaled)
	whole := NewBatch(x, &y, s.Rows)
	problem := Problem{
		Outputs: s.Cols, Inputs: s.Rows, Rank: s.Rank,
		Rows: s.Rows, Data: func(int, int) Batch { return whole },
		Steps: s.Steps, Rate: constant(s.LR / unit), Seed: s.Seed,
		LambdaGL: s.LambdaGL * math.Sqrt(unit), Lasso: s.Lasso,
		Every: s.Every, Measure: func(step int, u, v *mat.Dense) {
			u.Scale(math.Sqrt(unit), u)
			v.Scale(math.Sqrt(unit), v)
			result.U, result.V = u, v
			result.Values.Add(step, Importances(u, v))
		},
		diverged: divergence(s.LR, asked, s.LambdaGL),
	}
	var err error
	if _, _, result.Timing, err = r.Train(ctx, problem, progress); err != nil {
		return nil, fmt.Errorf("ordering study: %w", err)
	}
	result.Ranks = Deviations(result.U, result.V, exact.Transposed(), order)
	return result, nil
}

// svd are the settings of the same map in the SVD study.
func (s OrderingSettings) svd() SVDSettings {
	return SVDSettings{
		Rows: s.Rows, Cols: s.Cols, TrueRank: s.TrueRank, Rank: s.Rank, Input: InputIdentity, Batch: 1,
		Target: s.Target,
		Steps:  s.Steps, LR: s.LR, LambdaGL: s.LambdaGL, Lasso: s.Lasso, Every: s.Every, Seed: s.Seed,
	}
}

// complete checks the settings and fills in what follows from others, as for SVD but for how many steps it takes.
func (s *OrderingSettings) complete() error {
	as := s.svd()
	err := as.complete(10_000)
	s.Rows, s.Cols, s.TrueRank, s.Rank, s.Steps, s.Every = as.Rows, as.Cols, as.TrueRank, as.Rank, as.Steps, as.Every
	return err
}

// orderingRate is the learning rate for a map of singular values σ, fed its i-th direction scaled by a_i = i/σ_i.
func orderingRate(rows, cols int, singular []float64) float64 {
	// Inputs scaled by a multiply the curvature of their direction by a², and here a²σ_i = i²/σ_i.
	steepest, widest := 0.0, 0.0
	for i, sigma := range singular {
		a := float64(i+1) / sigma
		steepest, widest = max(steepest, a*a*sigma), max(widest, a*a)
	}
	if len(singular) < rows {
		widest = max(widest, 1) // the directions that the map sends to zero, of length 1
	}
	// A column of V also bends along the directions of other ranks: as a²‖u‖², which is up to σ₁ where u and v are of
	// one length. Large steps make u the shorter of the two, so that three times the rate that this allows is still
	// stable; from four to five times on, training was seen to diverge.
	share := func(of, curvature float64) float64 { return derivedRate(of, cols, 1/float64(rows), curvature) }
	return min(share(stableShare, steepest), share(3, widest*singular[0]))
}

// reversedImportance returns the inputs, one a row: C's left singular vectors, the i-th divided by its singular value
// and multiplied by i, then a basis of the directions that C sends to zero.
func reversedImportance(c *mat.Dense, exact Decomposition) *mat.Dense {
	var svd mat.SVD
	if !svd.Factorize(c, mat.SVDFullU) {
		panic("linear: the SVD of a finite matrix did not converge")
	}
	var u mat.Dense
	svd.UTo(&u)
	x := mat.DenseCopyOf(u.T())
	for i := range exact.Rank() {
		row := x.RawRowView(i)
		for j := range row {
			row[j] *= float64(i+1) / exact.S[i]
		}
	}
	return x
}
