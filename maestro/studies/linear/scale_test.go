package linear_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/studies/linear"
)

// scales are units that a target may be in: many orders of magnitude, and not all of them powers of two or ten.
var scales = []float64{1e-149, 1e-30, 1e-6, 0.07, 0.5, 3, 77, 1000, 1e6, 1e30, 1e149}

func times(m [][]float64, by float64) [][]float64 {
	out := make([][]float64, len(m))
	for i, row := range m {
		for _, v := range row {
			out[i] = append(out[i], by*v)
		}
	}
	return out
}

// sameCurves holds curves, divided by a scale, to those of scale 1. Training in float32 rounds at every step.
func sameCurves(t *testing.T, name string, got, want linear.Curves, by float64) {
	t.Helper()
	largest := 0.0
	for _, row := range want.Values {
		for _, v := range row {
			largest = max(largest, v)
		}
	}
	if fmt.Sprint(got.Steps) != fmt.Sprint(want.Steps) {
		t.Fatalf("%s: measured at %v, want %v", name, got.Steps, want.Steps)
	}
	for k, row := range want.Values {
		for i, v := range row {
			if off := math.Abs(got.Values[k][i]/by - v); !(off <= 1e-4*largest) {
				t.Errorf("%s: rank %d at step %d is %g of %g, want %g", name, k+1, want.Steps[i],
					got.Values[k][i]/by, by, v)
				return
			}
		}
	}
}

// TestCurvesFollowTheScale: a target in other units is learnt in the same way, its curves those of scale 1 times the
// scale, or its square where they are squared distances, from the start on.
func TestCurvesFollowTheScale(t *testing.T) {
	l := linear.NewRunner(testkit.Backend(t))
	defer l.Close()
	target := [][]float64{{3, 1, 0}, {0, 1, -1}, {0.5, 0, 0}, {0, 0.2, 0.1}}
	for _, input := range []linear.Input{linear.InputIdentity, linear.InputBall} {
		run := func(scale float64) *linear.SVDResult {
			s := linear.DefaultSVD()
			s.Target, s.Input, s.Steps = times(target, scale), input, 400
			r, err := l.SVD(t.Context(), s, nil)
			if err != nil {
				t.Fatalf("SVD recovery at scale %g: %v", scale, err)
			}
			return r
		}
		one := run(1)
		for _, scale := range scales {
			r, name := run(scale), fmt.Sprintf("SVD recovery on %s at scale %g", input, scale)
			sameCurves(t, name, r.Values, one.Values, scale)
			sameCurves(t, name+", distance", r.Distance, one.Distance, scale*scale)
		}
	}
	order := func(scale float64) linear.Curves {
		s := linear.DefaultOrdering()
		s.Target, s.Steps = times(target, scale), 1000
		r, err := l.Ordering(t.Context(), s, nil)
		if err != nil {
			t.Fatalf("ordering at scale %g: %v", scale, err)
		}
		return r.Values
	}
	pca := func(scale float64) linear.Curves {
		s := linear.DefaultPCADrop()
		s.Data = times(target, scale)
		r, err := l.PCA(t.Context(), s, nil)
		if err != nil {
			t.Fatalf("PCA at scale %g: %v", scale, err)
		}
		return r.Importance
	}
	ordered, importance := order(1), pca(1)
	for _, scale := range scales {
		sameCurves(t, fmt.Sprintf("ordering at scale %g", scale), order(scale), ordered, scale)
		sameCurves(t, fmt.Sprintf("PCA at scale %g", scale), pca(scale), importance, 1)
	}
}

// TestAnyScaleIsLearnt: at the end of the study's own number of steps the map is there, whatever units it is in.
func TestAnyScaleIsLearnt(t *testing.T) {
	l := linear.NewRunner(testkit.Backend(t))
	defer l.Close()
	for _, scale := range scales {
		s, o := linear.DefaultSVD(), linear.DefaultOrdering()
		s.Target = [][]float64{{scale, 0}, {0, 0.1 * scale}}
		o.Target = [][]float64{{scale, 0}, {0, 0.3 * scale}}
		r, err := l.SVD(t.Context(), s, nil)
		if err != nil {
			t.Fatalf("scale %g: %v", scale, err)
		}
		ordered, err := l.Ordering(t.Context(), o, nil)
		if err != nil {
			t.Fatalf("scale %g: %v", scale, err)
		}
		for _, d := range append(r.Ranks, ordered.Ranks...) {
			if !(d.Error < 0.01) || strings.Contains(d.String(), " 0.0000,") {
				t.Errorf("scale %g: %v", scale, d)
			}
		}
	}
}

// TestRateInItsUnits: a learning rate that is set counts in the target's own units, and so does the one that is
// derived: setting that one changes nothing.
func TestRateInItsUnits(t *testing.T) {
	l := linear.NewRunner(testkit.Backend(t))
	defer l.Close()
	for _, scale := range []float64{1e-6, 1, 1e6} {
		s := linear.DefaultSVD()
		s.Target, s.Steps = [][]float64{{scale, 0}, {0, 0.1 * scale}}, 100
		derived, err := l.SVD(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.LR = derived.Settings.LR
		set, err := l.SVD(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		sameCurves(t, fmt.Sprint("scale ", scale), set.Values, derived.Values, 1)
		s.LR *= 1000
		_, err = l.SVD(t.Context(), s, nil)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%.3g is too large", s.LR)) {
			t.Errorf("scale %g at a thousand times the rate: %v", scale, err)
		}
	}
	s := linear.DefaultSVD()
	s.Target, s.LambdaGL = [][]float64{{1e-6}}, 0.01
	if _, err := l.SVD(t.Context(), s, nil); err == nil || !strings.Contains(err.Error(), "lambda_gl 0.01 outweighs") {
		t.Errorf("a lasso far beyond the target: %v", err)
	}
	for _, scale := range []float64{1e-160, 1e160} {
		s := linear.DefaultSVD()
		s.Target = [][]float64{{scale}}
		_, err := l.SVD(t.Context(), s, nil)
		if err == nil || !strings.Contains(err.Error(), "target: its largest number is") {
			t.Errorf("scale %g: %v", scale, err)
		}
	}
}

// TestSVDOfAnyScale: a target of any scale is recovered, its curves those of scale 1 but for that scale.
func TestSVDOfAnyScale(t *testing.T) {
	l := linear.NewRunner(testkit.Backend(t))
	defer l.Close()
	for _, scale := range []float64{1, 1e-30, 1e-6, 1e-3, 100, 1e6, 1e30} {
		s := linear.DefaultSVD()
		s.Target = [][]float64{{3 * scale, 0}, {0, scale}}
		r, err := l.SVD(t.Context(), s, nil)
		if err != nil {
			t.Errorf("scale %g: %v", scale, err)
			continue
		}
		for k, d := range r.Ranks {
			if !(d.Error < 0.01) || !(r.Distance.Last()[k] < 1e-4*scale*scale) {
				t.Errorf("scale %g: rank %d is %g, exact %g, at a distance of %g", scale, k+1, d.Learnt, d.Exact,
					r.Distance.Last()[k])
			}
		}
	}
}
