package inline

import (
	"errors"
	"strings"
	"testing"

	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/plots"
)

// figure is one with curves, exact values and a legend.
func figure(t *testing.T) *plot.Plot {
	t.Helper()
	p, err := plots.SingularValues(plots.Curves{
		Steps: []int{0, 100, 200}, Values: [][]float64{{1, 4, 5}, {1, 2, 2}}, Exact: []float64{5, 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestShowOutsideNotebook(t *testing.T) {
	pointsToSave(t, Show(figure(t)))
}

// pointsToSave fails unless err is one line that says that there is no notebook and what to do.
func pointsToSave(t *testing.T, err error) {
	t.Helper()
	for _, say := range []string{"notebook", "Save"} {
		if err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "\n") {
			t.Errorf("outside a notebook: error %v, want one line with %q", err, say)
		}
	}
}

// TestShowHandsErrorsOn: the error of the figure comes back before anything is shown, as it is.
func TestShowHandsErrorsOn(t *testing.T) {
	none := func() (*plot.Plot, error) { return plots.RankDistance(plots.Curves{}) }
	_, want := none()
	if err := Show(none()); err == nil || err.Error() != want.Error() {
		t.Errorf("Show: %v, want %v", err, want)
	}
	l, o := newTestLive(0)
	if err := l.Draw(none()); err == nil || err.Error() != want.Error() || len(o.sent) != 0 {
		t.Errorf("Draw: %v, and %d states are sent", err, len(o.sent))
	}
	if err := Show(figure(t), nil); !errors.Is(err, errNoCell) {
		t.Errorf("Show without an error outside a notebook: %v", err)
	}
}
