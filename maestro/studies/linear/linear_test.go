package linear_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/studies/linear"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

//go:embed testdata/reference.json
var referenceFile []byte

// reference is what the authors' code gave: its matrices, and where its curves end.
type reference struct {
	SVD struct {
		C        [][]float64 `json:"C"`
		S        []float64   `json:"S"`
		FinalSV  []float64   `json:"final_sv"`
		Distance []float64   `json:"final_dist"`
	} `json:"svd"`
	PCA struct {
		X     [][]float64 `json:"X"`
		Final []float64   `json:"importance_final"`
	} `json:"pca"`
	Ordering struct {
		Final []float64 `json:"final"`
	} `json:"ordering"`
}

func readReference(t *testing.T) (r reference) {
	t.Helper()
	if err := json.Unmarshal(referenceFile, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

var fiveSeeds = []uint64{1, 2, 3, 4, 5}

// TestSVDAgreesWithReference: on the authors' matrix, whatever the start and the sampled ranks, the factors become the
// SVD, and closer the longer they train.
func TestSVDAgreesWithReference(t *testing.T) {
	backend, ref := testkit.Backend(t), readReference(t)
	for _, bound := range []struct {
		steps                  int
		distance, singularPart float64
	}{{2000, 0.02, 0.03}, {20_000, 1e-4, 0.003}} {
		for _, seed := range fiveSeeds {
			s := linear.DefaultSVD()
			s.Target, s.Steps, s.Seed = ref.SVD.C, bound.steps, seed
			r, err := linear.SVD(t.Context(), backend, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			worst := slices.Max(r.Distance.Last())
			t.Logf("%5d steps, seed %d: distance %.2g, singular values off by %.2g %.2g %.2g", bound.steps, seed, worst,
				r.Ranks[0].Error, r.Ranks[1].Error, r.Ranks[2].Error)
			if !(worst < bound.distance) {
				t.Errorf("%d steps, seed %d: distance %g to the best approximation of some rank, want under %g",
					bound.steps, seed, worst, bound.distance)
			}
			for k, exact := range ref.SVD.S[:3] {
				if off := math.Abs(r.Values.Last()[k]-exact) / exact; !(off < bound.singularPart) {
					t.Errorf("%d steps, seed %d: singular value %d off by %g, want under %g", bound.steps, seed, k+1,
						off, bound.singularPart)
				}
				if a := max(r.Ranks[k].LeftAngle, r.Ranks[k].RightAngle); !(a < 5) {
					t.Errorf("%d steps, seed %d: vector %d is %g degrees from the exact one", bound.steps, seed, k+1, a)
				}
			}
		}
	}
}

// TestSVDAtTheReferencesRate: with the authors' own rate of 0.5 the end of training looks as the authors' does.
func TestSVDAtTheReferencesRate(t *testing.T) {
	backend, ref := testkit.Backend(t), readReference(t)
	s := linear.DefaultSVD()
	s.Target, s.LR = ref.SVD.C, 0.5
	r, err := linear.SVD(t.Context(), backend, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, theirs := range ref.SVD.FinalSV[:3] {
		if ours := r.Values.Last()[k]; math.Abs(ours-theirs)/theirs > 0.03 {
			t.Errorf("singular value %d: %g, the authors' code has %g", k+1, ours, theirs)
		}
	}
	if ours, theirs := slices.Max(r.Distance.Last()), slices.Max(ref.SVD.Distance); ours > 4*theirs {
		t.Errorf("worst distance %g, the authors' code has %g", ours, theirs)
	}
}

// TestSVDOfOtherSizes: nothing needs setting for another matrix to come within 1 %.
func TestSVDOfOtherSizes(t *testing.T) {
	backend := testkit.Backend(t)
	sizes := []struct{ rows, cols, rank int }{{6, 9, 3}, {20, 8, 4}, {5, 1, 1}}
	if testmode.IsLong() {
		sizes = append(sizes, []struct{ rows, cols, rank int }{{40, 25, 7}, {30, 10, 4}}...)
	}
	for _, c := range sizes {
		for _, seed := range []uint64{1, 2} {
			s := linear.DefaultSVD()
			s.Rows, s.Cols, s.TrueRank, s.Seed = c.rows, c.cols, c.rank, seed
			r, err := linear.SVD(t.Context(), backend, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			norm := 0.0
			for _, s := range r.Singular {
				norm += s * s
			}
			for k, d := range r.Ranks {
				if k < c.rank && !(d.Error < 0.01) {
					t.Errorf("%d×%d of rank %d, seed %d: singular value %d is %g, exact %g", c.rows, c.cols, c.rank,
						seed, k+1, d.Learnt, d.Exact)
				}
				if off := r.Distance.Last()[k] / norm; !(off < 0.01) {
					t.Errorf("%d×%d of rank %d, seed %d: rank %d is at a distance of %.2g of ‖C‖²", c.rows, c.cols,
						c.rank, seed, k+1, off)
				}
			}
		}
	}
}

// TestSVDOnOtherInputs: uniform on the unit ball, the case of the theorem, and Gaussian. The angle is loose for the
// seeds whose two largest singular values are 5 % apart: their directions are the last to settle.
func TestSVDOnOtherInputs(t *testing.T) {
	backend := testkit.Backend(t)
	for _, input := range []linear.Input{linear.InputBall, linear.InputGaussian} {
		for _, seed := range fiveSeeds {
			s := linear.DefaultSVD()
			s.Input, s.Seed = input, seed
			r, err := linear.SVD(t.Context(), backend, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			for k := range 3 {
				if d := r.Ranks[k]; !(d.Error < 0.02) || !(d.LeftAngle < 12) || !(d.RightAngle < 12) {
					t.Errorf("%s, seed %d: rank %d deviates: %+v", input, seed, k+1, d)
				}
			}
		}
	}
}

func TestPCA(t *testing.T) {
	backend := testkit.Backend(t)
	check := func(t *testing.T, s linear.PCASettings, kept int) {
		t.Helper()
		r, err := linear.PCA(t.Context(), backend, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, importance := range r.Importance.Last() {
			switch {
			case k < kept && math.Abs(importance-1) > 0.05:
				t.Errorf("seed %d: rank %d of %d kept has importance %g, want about 1", s.Seed, k+1, kept, importance)
			case k >= kept && k < s.Points && importance > 0.05:
				t.Errorf("seed %d: the dropped dimension's rank %d has importance %g, want under 0.05", s.Seed, k+1,
					importance)
			case k >= s.Points && importance > 1e-3:
				t.Errorf("seed %d: surplus rank %d has importance %g, want under 1e-3", s.Seed, k+1, importance)
			}
		}
	}
	for _, seed := range fiveSeeds {
		s := linear.DefaultPCA()
		s.Seed = seed
		check(t, s, 3)
		s = linear.DefaultPCADrop()
		s.Seed = seed
		check(t, s, 2)
	}
	t.Run("reference", func(t *testing.T) {
		ref := readReference(t)
		for _, seed := range fiveSeeds {
			s := linear.DefaultPCA()
			s.Data, s.Points, s.Seed = ref.PCA.X, len(ref.PCA.X), seed
			check(t, s, 3)
			r, err := linear.PCA(t.Context(), backend, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			for k, theirs := range ref.PCA.Final[:3] {
				if ours := r.Importance.Last()[k]; math.Abs(ours-theirs) > 0.02 {
					t.Errorf("seed %d: importance of rank %d is %g, the authors' code has %g", seed, k+1, ours, theirs)
				}
			}
			s.DropAt = 1200
			check(t, s, 2)
		}
	})
}

// TestOrderingFollowsTheData: the learnt order is the reverse of the singular values'.
func TestOrderingFollowsTheData(t *testing.T) {
	backend := testkit.Backend(t)
	check := func(t *testing.T, s linear.OrderingSettings) *linear.OrderingResult {
		t.Helper()
		r, err := linear.Ordering(t.Context(), backend, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k := range r.Settings.TrueRank {
			exact := r.Singular[r.Settings.TrueRank-1-k]
			if got := r.Values.Last()[k]; math.Abs(got-exact)/exact > 0.03 {
				t.Errorf("seed %d: rank %d is %g, want %g, the singular values in reverse", s.Seed, k+1, got, exact)
			}
		}
		return r
	}
	for _, seed := range fiveSeeds {
		s := linear.DefaultOrdering()
		s.Seed = seed
		check(t, s)
		if seed > 1 && !testmode.IsLong() {
			continue
		}
		s.Rows, s.Cols, s.TrueRank = 20, 12, 4
		check(t, s)
	}
	t.Run("reference", func(t *testing.T) {
		ref := readReference(t)
		for _, seed := range fiveSeeds {
			s := linear.DefaultOrdering()
			s.Target, s.Seed = ref.SVD.C, seed
			r := check(t, s)
			for k, theirs := range ref.Ordering.Final[:3] {
				if ours := r.Values.Last()[k]; math.Abs(ours-theirs)/theirs > 0.03 {
					t.Errorf("seed %d: rank %d is %g, the authors' code has %g", seed, k+1, ours, theirs)
				}
			}
		}
	})
}

// TestSameSeedSameCurves: a study repeats bit for bit, and another seed gives another run.
func TestSameSeedSameCurves(t *testing.T) {
	backend := testkit.Backend(t)
	curves := func(seed uint64) linear.Curves {
		s := linear.DefaultSVD()
		s.Steps, s.Seed = 300, seed
		r, err := linear.SVD(t.Context(), backend, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r.Distance
	}
	if diff := cmp.Diff(curves(7), curves(7)); diff != "" {
		t.Errorf("two runs of one seed differ:\n%s", diff)
	}
	if cmp.Equal(curves(7), curves(8)) {
		t.Error("two seeds give the same run")
	}
}

// TestPureGoAgrees: without XLA a study gives the same curves, to rounding.
func TestPureGoAgrees(t *testing.T) {
	s := linear.DefaultSVD()
	s.Steps = 400
	var last [2][]float64
	for i, backend := range []compute.Backend{testkit.Backend(t), testkit.PureGo(t)} {
		r, err := linear.SVD(t.Context(), backend, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		last[i] = r.Values.Last()
	}
	for k := range last[0] {
		if math.Abs(last[0][k]-last[1][k]) > 1e-3 {
			t.Errorf("rank %d: %g with XLA, %g without", k+1, last[0][k], last[1][k])
		}
	}
}

func TestMeasuredSteps(t *testing.T) {
	s := linear.DefaultSVD()
	s.Steps, s.Every = 250, 100
	told := 0
	r, err := linear.SVD(t.Context(), testkit.Backend(t), s, func(_ string, step, steps int) {
		if steps != 250 || step <= told {
			t.Errorf("progress %d of %d after %d", step, steps, told)
		}
		told = step
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{0, 100, 200, 250}; !slices.Equal(r.Distance.Steps, want) || told != 250 {
		t.Errorf("measured at %v, want %v; progress ended at %d", r.Distance.Steps, want, told)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := linear.DefaultSVD()
	s.Steps = 100_000
	_, err := linear.SVD(ctx, testkit.Backend(t), s, func(string, int, int) { cancel() })
	if err == nil || !strings.Contains(err.Error(), "stopped at step 5000 of 100000") {
		t.Errorf("error is %v, want one that says where it stopped", err)
	}
}

func TestBadSettings(t *testing.T) {
	backend := testkit.Backend(t)
	svd := func(change func(*linear.SVDSettings)) error {
		s := linear.DefaultSVD()
		change(&s)
		_, err := linear.SVD(t.Context(), backend, s, nil)
		return err
	}
	pca := func(change func(*linear.PCASettings)) error {
		s := linear.DefaultPCA()
		change(&s)
		_, err := linear.PCA(t.Context(), backend, s, nil)
		return err
	}
	for say, err := range map[string]error{
		"rank is 7: a 9×6 matrix has ranks 1 to 6":       svd(func(s *linear.SVDSettings) { s.Rank = 7 }),
		"true_rank is 10: a 9×6 matrix has ranks 1 to 6": svd(func(s *linear.SVDSettings) { s.TrueRank = 10 }),
		"lambda_gl is -1: it cannot be negative":         svd(func(s *linear.SVDSettings) { s.LambdaGL = -1 }),
		"lr is -0.5":                                     svd(func(s *linear.SVDSettings) { s.LR = -0.5 }),
		"lr is NaN":                                      svd(func(s *linear.SVDSettings) { s.LR = math.NaN() }),
		"rows is -1":                                     svd(func(s *linear.SVDSettings) { s.Rows = -1 }),
		"steps is -5":                                    svd(func(s *linear.SVDSettings) { s.Steps = -5 }),
		`unknown group lasso "soft"`:                     svd(func(s *linear.SVDSettings) { s.Lasso = "soft" }),
		`unknown input "cube"`:                           svd(func(s *linear.SVDSettings) { s.Input = "cube" }),
		"row 2 has 1 numbers": svd(func(s *linear.SVDSettings) {
			s.Target = [][]float64{{1,
				2}, {3}}
		}),
		"target: it is empty": svd(func(s *linear.SVDSettings) { s.Target = [][]float64{} }),
		"target: all of it is zero": svd(func(s *linear.SVDSettings) {
			s.Target = [][]float64{{0,
				0}, {0, 0}}
		}),
		"target: row 1 holds NaN": svd(
			func(s *linear.SVDSettings) { s.Target = [][]float64{{math.NaN(), 0}, {0, 0}} }),
		"training diverged before step": svd(func(s *linear.SVDSettings) { s.LR = 500 }),
		"drop_at is 9999":               pca(func(s *linear.PCASettings) { s.DropAt = 9999 }),
		"rank is 11":                    pca(func(s *linear.PCASettings) { s.Rank = 11 }),
		"points is 0":                   pca(func(s *linear.PCASettings) { s.Points = 0 }),
	} {
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("error is %v, want it to say %q", err, say)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("error takes more than one line: %v", err)
		}
	}
}

// BenchmarkSVD2000 is the training of the default SVD study, compilation left out: compare with `maestro bench svd`.
func BenchmarkSVD2000(b *testing.B) {
	backend := testkit.Backend(b)
	var train, compile float64
	for b.Loop() {
		r, err := linear.SVD(b.Context(), backend, linear.DefaultSVD(), nil)
		if err != nil {
			b.Fatal(err)
		}
		train += r.Timing.Train.Seconds()
		compile += r.Timing.Compile.Seconds()
	}
	b.ReportMetric(1e3*train/float64(b.N), "train-ms/op")
	b.ReportMetric(1e3*compile/float64(b.N), "compile-ms/op")
}
