package linear

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestMeasuresOfExactFactors: factors made of the exact decomposition, split between u and v in any proportion, measure
// as exact.
func TestMeasuresOfExactFactors(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var a mat.Dense
	a.Mul(gaussian(8, 3, rng), gaussian(3, 5, rng))
	exact := Decompose(&a)
	if got := exact.Rank(); got != 3 {
		t.Fatalf("rank %d of a product of rank 3", got)
	}
	u, v := mat.NewDense(8, 5, nil), mat.NewDense(5, 5, nil)
	for k := range 3 {
		share := 0.2 + rng.Float64()
		var left, right mat.VecDense
		left.ScaleVec(-exact.S[k]*share, exact.P.ColView(k)) // both signs turned: the same product
		right.ScaleVec(-1/share, exact.Q.ColView(k))
		u.SetCol(k, left.RawVector().Data)
		v.SetCol(k, right.RawVector().Data)
	}
	for k, d := range Distances(u, v, exact) {
		if d > 1e-24 {
			t.Errorf("rank %d: distance %g of exact factors", k+1, d)
		}
	}
	for k, d := range Deviations(u, v, exact, count(5)) {
		if k >= 3 {
			if !math.IsNaN(d.Error) || !math.IsNaN(d.LeftAngle) || d.Learnt != 0 {
				t.Errorf("surplus rank %d: %+v, want no error, no angle and importance 0", k+1, d)
			}
			continue
		}
		if d.Error > 1e-12 || d.LeftAngle > 1e-5 || d.RightAngle > 1e-5 {
			t.Errorf("rank %d of exact factors deviates: %+v", k+1, d)
		}
	}
}

// truncated is the best approximation of rank k in the Frobenius norm (Eckart and Young).
func (d Decomposition) truncated(k int) *mat.Dense {
	rows, _ := d.P.Dims()
	cols, _ := d.Q.Dims()
	best := mat.NewDense(rows, cols, nil)
	for i := range min(k, len(d.S)) {
		best.RankOne(best, d.S[i], d.P.ColView(i), d.Q.ColView(i))
	}
	return best
}

// TestDistancesEqualDefinition compares the running computation with ‖U_{:k}V_{:k}ᵀ − A_k‖² written out.
func TestDistancesEqualDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	a, u, v := gaussian(6, 4, rng), gaussian(6, 4, rng), gaussian(4, 4, rng)
	exact := Decompose(a)
	for k, got := range Distances(u, v, exact) {
		var diff mat.Dense
		diff.Mul(u.Slice(0, 6, 0, k+1), v.Slice(0, 4, 0, k+1).T())
		diff.Sub(&diff, exact.truncated(k+1))
		want := math.Pow(mat.Norm(&diff, 2), 2)
		if math.Abs(got-want) > 1e-10*want {
			t.Errorf("rank %d: %g, want %g", k+1, got, want)
		}
	}
}

// TestAngle: a rotation by a known angle, and the sign of either vector does not matter.
func TestAngle(t *testing.T) {
	a := mat.NewVecDense(2, []float64{3, 0})
	for _, degrees := range []float64{0, 10, 45, 90} {
		rad := degrees * math.Pi / 180
		b := mat.NewVecDense(2, []float64{-math.Cos(rad), -math.Sin(rad)})
		if got := angle(a, b); math.Abs(got-degrees) > 1e-6 {
			t.Errorf("%g° apart: %g", degrees, got)
		}
	}
}

// TestBallIsUniform: points lie inside the unit ball, half of them within the radius that holds half of its volume, and
// their second moment is I/(n+2).
func TestBallIsUniform(t *testing.T) {
	const n, points = 5, 40_000
	x := gaussian(points, n, stream(1, dataStream))
	toBall(x, stream(2, dataStream))
	half := math.Pow(0.5, 1.0/n)
	within := 0
	for i := range points {
		r := mat.Norm(x.RowView(i), 2)
		if r > 1 {
			t.Fatalf("a point at radius %g", r)
		}
		if r < half {
			within++
		}
	}
	// Five standard deviations of a binomial count: 5·√(40000/4) = 500.
	if math.Abs(float64(within)-points/2) > 500 {
		t.Errorf("%d of %d points in the inner half of the volume", within, points)
	}
	var moment mat.Dense
	moment.Mul(x.T(), x)
	for i := range n {
		for j := range n {
			want := 0.0
			if i == j {
				want = InputBall.secondMoment(n)
			}
			if got := moment.At(i, j) / points; math.Abs(got-want) > 0.005 {
				t.Errorf("second moment at %d,%d is %g, want %g", i, j, got, want)
			}
		}
	}
}

// TestTailImportance: with U = V = diag(2, 1, 0) the tails' norms are √5, 1 and 0, and the importance is their square.
func TestTailImportance(t *testing.T) {
	d := mat.NewDense(3, 3, []float64{2, 0, 0, 0, 1, 0, 0, 0, 0})
	got := TailImportance(d, d)
	for b, want := range []float64{5, 1, 0} {
		if math.Abs(got[b]-want) > 1e-12 {
			t.Errorf("rank %d: %g, want %g", b+1, got[b], want)
		}
	}
}
