package worker

import (
	"math"
	"testing"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
)

// TestBeats: a point beats a trial only in both accuracy and MACs, each by more than two standard deviations, of two
// seeds at least. A trial of a large λ_gl, less accurate and smaller than all others, is beaten by none of the
// front's other points.
func TestBeats(t *testing.T) {
	point := func(accuracy, macs float64, seeds int) sweep.Summary {
		return sweep.Summary{Seeds: seeds, Accuracy: sweep.Spread{Mean: accuracy, Deviation: 1},
			MACs:  sweep.Spread{Mean: macs, Deviation: 10},
			Point: sweep.Point{Settings: runs.Settings{Seed: 1}}}
	}
	for what, c := range map[string]struct {
		now    runs.Row
		rival  sweep.Summary
		beaten bool
	}{
		"worse in both":              {runs.Row{ValidationAccuracy: 90, MACs: 1000}, point(93, 900, 2), true},
		"within two deviations":      {runs.Row{ValidationAccuracy: 91.5, MACs: 1000}, point(93, 900, 2), false},
		"MACs within two deviations": {runs.Row{ValidationAccuracy: 90, MACs: 915}, point(93, 900, 2), false},
		"smaller":                    {runs.Row{ValidationAccuracy: 50, MACs: 100}, point(93, 900, 2), false},
		"more accurate":              {runs.Row{ValidationAccuracy: 99, MACs: 5000}, point(93, 900, 2), false},
		"a rival of one seed":        {runs.Row{ValidationAccuracy: 90, MACs: 1000}, point(93, 900, 1), false},
		"a task without accuracy": {runs.Row{ValidationAccuracy: math.NaN(), MACs: 1000},
			point(93, 900, 2), false},
		"a rival that is not a number": {runs.Row{ValidationAccuracy: 90, MACs: 1000},
			point(math.NaN(), 900, 2), false},
	} {
		if got := beats(c.rival, &sweep.Trial{}, c.now); got != c.beaten {
			t.Errorf("%s: beaten is %v", what, got)
		}
	}
}

// TestStillness: a training is still from the last epoch on at which its ranks fell or it was more accurate than
// ever; one that goes on in another process begins anew.
func TestStillness(t *testing.T) {
	still := newStillness()
	for i, c := range []struct {
		rank     int
		accuracy float64
		epochs   int
	}{{9, 10, 0}, {9, 10, 1}, {9, 20, 0}, {9, 15, 1}, {9, 20, 2}, {8, 18, 0}, {8, 19, 1}, {8, 21, 0}, {8, 3, 1},
		{8, 4, 2}} {
		now := runs.Row{Epoch: 5 + i, TotalRank: c.rank, ValidationAccuracy: c.accuracy}
		if got := still.after(now); got != c.epochs {
			t.Errorf("after epoch %d it is still for %d epochs, want %d", now.Epoch, got, c.epochs)
		}
	}
}
