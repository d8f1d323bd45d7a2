package linear_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/studies/linear"
)

// TestRunnerKeepsWhatIsCompiled: a study that is run again with another λ_gl compiles nothing, and comes to what it
// comes to by itself, bit for bit.
func TestRunnerKeepsWhatIsCompiled(t *testing.T) {
	backend := testkit.Backend(t)
	l := linear.NewRunner(backend)
	defer l.Close()
	s := linear.DefaultSVD()
	s.Steps = 400
	for i, lambda := range []float64{1e-3, 0.05, 0, 1e-3, 0} {
		s.LambdaGL = lambda
		got, err := l.SVD(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if first := i == 0 || i == 2; first != (got.Timing.Compile > 0) { // without the lasso the step is another
			t.Errorf("run %d, lambda_gl %g: compiling took %v", i, lambda, got.Timing.Compile)
		}
		alone, err := linear.SVD(t.Context(), backend, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(alone.Values, got.Values); diff != "" {
			t.Errorf("run %d, lambda_gl %g: the values (-alone +again):\n%s", i, lambda, diff)
		}
	}
}
