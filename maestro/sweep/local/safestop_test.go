package local_test

import (
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/sweeptest"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestSafeStop: a training that would go on for a million epochs, less accurate and larger than what is finished, is
// stopped once its ranks have stayed; its worker goes on with the next trial; status says why; it is no failure, and
// the same command does not try it again. Trials that still learn, and those that are less accurate and smaller, are
// left alone.
func TestSafeStop(t *testing.T) {
	testmode.Long(t, "waits for trainings whose ranks have settled")
	s := sweeptest.Study(t, 60,
		[]string{"zip(lr=0.1,1e-6,0.1,0.05; lambda_gl=1e-2,0,0,5e-2; epochs=24,1000000,100,24)"}, 1, 2)
	args := append([]string{"sweep", "run", s.Dir, "--workers", "1", "--safe-stop", "25", "--seeds", "1,2", "--over",
		s.Axes[0]},
		sweeptest.Flags(60)...)
	for range 2 {
		said := sweeptest.Run(t, args...)
		trials := sweeptest.Look(t, s)
		for i, one := range trials {
			want, attempts := sweep.Finished, 1
			if one.Settings.Epochs == 1000000 {
				want = sweep.Stopped
			}
			if one.State != want || one.Attempts != attempts {
				t.Errorf("trial %d, %s is %s after %d attempts (%s), want %s", i, one.Point, one.State, one.Attempts,
					one.Reason, want)
			}
		}
		if points := sweep.Summarise(trials); points[3].MACs.Mean >= points[0].MACs.Mean {
			t.Errorf("the last point was to be the smallest: %+v", points)
		}
		for _, said := range []string{said, sweeptest.Run(t, "sweep", "status", s.Dir)} {
			if strings.Count(said, "stopped: ") != 2 ||
				strings.Count(said, "the trial cannot reach the front: ") != 2 ||
				!strings.Contains(said, "has a better accuracy and fewer MACs, each by two standard deviations") ||
				!strings.Contains(said, "8 trials: 6 finished, 2 stopped") {
				t.Errorf("it says\n%s", said)
			}
		}
	}
}
