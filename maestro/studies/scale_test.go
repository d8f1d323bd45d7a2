package studies_test

import (
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/studies"
)

// TestSVDOfAnyScale: a target of any scale is recovered, its curves those of scale 1 but for that scale.
func TestSVDOfAnyScale(t *testing.T) {
	l := studies.NewLinear(testkit.Backend(t))
	defer l.Close()
	for _, scale := range []float64{1, 1e-30, 1e-6, 1e-3, 100, 1e6, 1e30} {
		s := studies.DefaultSVD()
		s.Target = [][]float64{{3 * scale, 0}, {0, scale}}
		r, err := l.SVDRecovery(t.Context(), s, nil)
		if err != nil {
			t.Errorf("scale %g: %v", scale, err)
			continue
		}
		for k, d := range r.Ranks {
			if !(d.Error < 0.01) || !(r.Distance.Last()[k] < 1e-4*scale*scale) {
				t.Errorf("scale %g: rank %d is %g, exact %g, at a distance of %g", scale, k+1, d.Learnt, d.Exact, r.Distance.Last()[k])
			}
		}
	}
}
