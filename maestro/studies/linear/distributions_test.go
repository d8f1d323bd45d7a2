package linear_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/studies/linear"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestDistributions: the learnt ranks are the data-weighted decomposition, and the plain one where Σ is a multiple of
// the identity alone. What the draws measure as E[xxᵀ] is what they state.
func TestDistributions(t *testing.T) {
	testmode.Long(t, "learns from every distribution of inputs")
	r := linear.NewRunner(testkit.Backend(t))
	defer r.Close()
	for _, d := range linear.Distributions(9) {
		const rows = 100_000
		x := d.Draw(rows, rand.New(rand.NewPCG(1, 1)))
		var moment mat.Dense
		moment.Mul(x.T(), x)
		moment.Scale(1.0/rows, &moment)
		moment.Sub(&moment, d.Sigma)
		if off := mat.Norm(&moment, 2) / mat.Norm(d.Sigma, 2); off > 0.04 {
			t.Errorf("%s: E[xxᵀ] is off by %.3f", d.Name, off)
		}
		s := linear.DefaultSVD()
		s.Steps = 10_000
		slow := d.Name == "power-law spectrum" || d.Name == "heavy-tailed"
		most := 0.05
		if slow && testmode.IsLong() {
			s.Steps = 80_000
		} else if slow {
			most = 0.3 // on its way: under half of what the power law has from the plain decomposition
		}
		byData, byMap, err := r.OnDistribution(t.Context(), d, s)
		if err != nil {
			t.Fatal(err)
		}
		weighted, plain := byData.Last(), byMap.Last()
		t.Logf("%s: %.4f from the data-weighted decomposition, %.4f from the plain one", d.Name, weighted, plain)
		isotropic := d.Name != "correlated Gaussian" && d.Name != "power-law spectrum"
		if weighted > most || isotropic != (plain < most) {
			t.Errorf("%s: %.3f from the data-weighted decomposition and %.3f from the plain one", d.Name,
				weighted, plain)
		}
	}
}

// TestDataWeighted: no small change within rank k lowers E‖Mx − Ax‖² = ‖(M−A)Σ^½‖², and the plain SVD is not below it.
func TestDataWeighted(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	random := func(m, n int) *mat.Dense {
		x := mat.NewDense(m, n, nil)
		x.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, x)
		return x
	}
	a, sigma := random(5, 9), linear.Distributions(9)[2].Sigma
	loss := func(m mat.Matrix) float64 {
		var off, left, square mat.Dense
		off.Sub(m, a)
		left.Mul(&off, sigma)
		square.Mul(&left, off.T())
		return mat.Trace(&square)
	}
	plain := linear.DataWeighted(a, linear.Distributions(9)[1].Sigma)
	for k, best := range linear.DataWeighted(a, sigma) {
		least := loss(best)
		if least > loss(plain[k])+1e-9 {
			t.Errorf("rank %d: %g, and the plain SVD has %g", k+1, least, loss(plain[k]))
		}
		for range 50 { // (I+E) M (I+F) has M's rank
			e, f := random(5, 5), random(9, 9)
			e.Scale(1e-3, e)
			f.Scale(1e-3, f)
			var left, near mat.Dense
			left.Mul(e, best)
			left.Add(&left, best)
			near.Mul(&left, f)
			near.Add(&near, &left)
			if loss(&near) < least-1e-9*math.Max(1, least) {
				t.Fatalf("rank %d: %g near a minimum of %g", k+1, loss(&near), least)
			}
		}
	}
}

// TestPatches: patches are parts of the images with something on them, their distribution states their second moment,
// and what is learnt from them is the data-weighted decomposition.
func TestPatches(t *testing.T) {
	small, err := data.MNISTSmall(t.Context(), data.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	digits := small.Train
	x, err := linear.Patches(digits.Images, digits.Height, digits.Width, 3, 4000, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4000 {
		if row := x.RawRowView(i); slices.Max(row)-slices.Min(row) < 0.125 || slices.Min(row) < 0 || slices.Max(row) > 1 {
			t.Fatalf("patch %v", row)
		}
	}
	d := linear.Empirical("patches of digits", x)
	drawn := d.Draw(100_000, rand.New(rand.NewPCG(1, 1)))
	var moment mat.Dense
	moment.Mul(drawn.T(), drawn)
	moment.Scale(1.0/100_000, &moment)
	moment.Sub(&moment, d.Sigma)
	if off := mat.Norm(&moment, 2) / mat.Norm(d.Sigma, 2); off > 0.02 {
		t.Errorf("E[xxᵀ] is off by %.3f", off)
	}
	s := linear.DefaultSVD()
	s.Steps = 10_000
	if testmode.IsLong() {
		s.Steps = 80_000
	}
	r := linear.NewRunner(testkit.Backend(t))
	defer r.Close()
	weighted, plain, err := r.OnDistribution(t.Context(), d, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.4f from the data-weighted decomposition, %.4f from the plain one", weighted.Last(), plain.Last())
	if !(weighted.Last() < plain.Last()/2) || !(weighted.Last() < weighted.Apart[0]/2) {
		t.Errorf("%.3f from the data-weighted decomposition and %.3f from the plain one", weighted.Last(), plain.Last())
	}
	if _, err := linear.Patches(make([]byte, 9*9), 9, 9, 3, 5, rand.New(rand.NewPCG(1, 2))); err == nil {
		t.Error("patches of an empty image")
	}
}
