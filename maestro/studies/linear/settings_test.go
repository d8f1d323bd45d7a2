package linear_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/studies/linear"
)

// TestAnglesOfTheirOwnVectors: the angle that is said to be u's is that between the learnt u and the left singular
// vector of Cᵀ, and v's that of v and the right one. Training is cut short, so that the two differ.
func TestAnglesOfTheirOwnVectors(t *testing.T) {
	backend := testkit.Backend(t)
	check := func(name string, c, u, v *mat.Dense, ranks []linear.Deviation, at func(k int) int) {
		t.Helper()
		var svd mat.SVD
		if !svd.Factorize(c.T(), mat.SVDThin) {
			t.Fatal("the SVD did not converge")
		}
		var left, right mat.Dense
		svd.UTo(&left)
		svd.VTo(&right)
		degrees := func(a, b mat.Vector) float64 {
			return math.Acos(min(1, math.Abs(mat.Dot(a, b))/mat.Norm(a, 2)/mat.Norm(b, 2))) * 180 / math.Pi
		}
		apart := false
		for k, d := range ranks[:3] {
			wantU, wantV := degrees(u.ColView(k), left.ColView(at(k))), degrees(v.ColView(k), right.ColView(at(k)))
			if math.Abs(d.LeftAngle-wantU) > 1e-4 || math.Abs(d.RightAngle-wantV) > 1e-4 {
				t.Errorf("%s, rank %d: u %g° and v %g° from exact, want %g° and %g°", name, k+1, d.LeftAngle,
					d.RightAngle, wantU, wantV)
			}
			apart = apart || math.Abs(wantU-wantV) > 0.1
		}
		if !apart {
			t.Errorf(
				"%s: u and v are as far from exact as each other at every rank, so the test cannot tell them apart",
				name)
		}
	}
	s := linear.DefaultSVD()
	s.Steps = 60
	svd, err := linear.SVD(t.Context(), backend, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	check("svd", svd.Target, svd.U, svd.V, svd.Ranks, func(k int) int { return k })
	o := linear.DefaultOrdering()
	o.Steps = 300
	ordering, err := linear.Ordering(t.Context(), backend, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	check("ordering", ordering.Target, ordering.U, ordering.V, ordering.Ranks, func(k int) int { return 2 - k })
}

func TestDeviationSaysWhoseAngle(t *testing.T) {
	d := linear.Deviation{Rank: 1, Exact: 2, Learnt: 2, LeftAngle: 3, RightAngle: 4}
	if got, want := d.String(),
		"rank 1: 2.0000, exact 2.0000 (off by 0.00 %), u 3.00° and v 4.00° from exact"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestPointIsDroppedAtItsStep: however often a run is measured, the point goes at drop_at, and so training ends with
// the same factors bit for bit.
func TestPointIsDroppedAtItsStep(t *testing.T) {
	backend := testkit.Backend(t)
	factors := func(every, dropAt int) [][]float64 {
		s := linear.DefaultPCA()
		s.Steps, s.Every, s.DropAt = 600, every, dropAt
		r, err := linear.PCA(t.Context(), backend, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		return [][]float64{r.U.RawMatrix().Data, r.V.RawMatrix().Data}
	}
	want := factors(100, 300) // 300 is a measurement
	for _, every := range []int{96, 250, 600} {
		if diff := cmp.Diff(want, factors(every, 300)); diff != "" {
			t.Errorf("measured every %d steps, the point is not dropped at step 300", every)
		}
	}
	if cmp.Equal(want, factors(100, 301)) {
		t.Error("a point dropped one step later gives the same factors, so the test cannot tell when it goes")
	}
}

// TestOrderingRateIsStable: the derived rate suits maps that send many directions to zero, and maps of nearly as many
// directions as there are whose weakest are fed far stronger than the rest.
func TestOrderingRateIsStable(t *testing.T) {
	backend := testkit.Backend(t)
	for _, shape := range [][3]int{{20, 20, 3}, {12, 12, 2}, {30, 10, 2}, {15, 15, 15}} {
		s := linear.DefaultOrdering()
		s.Rows, s.Cols, s.TrueRank, s.Steps, s.Seed = shape[0], shape[1], shape[2], 600, 2
		if _, err := linear.Ordering(t.Context(), backend, s, nil); err != nil {
			t.Errorf("%d×%d of rank %d: %v", shape[0], shape[1], shape[2], err)
		}
	}
}
