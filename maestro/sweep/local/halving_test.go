package local_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/internal/sweeptest"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestHalving: a search that is killed again and again goes on with the same command, and ends where the undisturbed
// one does: at the first λ_gl, each half of the one before, whose mean accuracy meets the bound. The same command
// again trains nothing.
func TestHalving(t *testing.T) {
	testmode.Long(t, "a search is killed three times, and trained once more undisturbed")
	dir := t.TempDir() + "/study"
	args := append([]string{"sweep", "run", dir, "--halve", "0.4", "--max-drop", "5", "--seeds", "1,2",
		"--workers", "2"},
		sweeptest.Flags(150)...)
	for range 3 {
		cmd := sweeptest.Command(args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1500 * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	said := sweeptest.Run(t, args...)
	s, search := sweeptest.Search(t, dir)
	found, ok := search.Found()
	if !ok || !strings.Contains(said, "found: "+found.Point.String()) || search.Cost < 1 {
		t.Fatalf("found %v, cost %g:\n%s", ok, search.Cost, said)
	}
	for i, one := range search.Tried {
		met := one.Accuracy.Mean >= search.Bound
		if last := i == len(search.Tried)-1; met != last {
			t.Errorf("%s has %.2f %%, and the bound is %.2f %%", one.Point, one.Accuracy.Mean, search.Bound)
		}
		if i > 0 && one.Point.Settings.LambdaGL != search.Tried[i-1].Point.Settings.LambdaGL/2 {
			t.Errorf("%s comes after %s", one.Point, search.Tried[i-1].Point)
		}
	}
	trials := sweeptest.Look(t, s)
	asked, err := s.Asked()
	if err != nil {
		t.Fatal(err)
	}
	sweeptest.Same(t, sweeptest.Undisturbed(t, asked), trials)
	sweeptest.Run(t, args...)
	again := sweeptest.Look(t, s)
	if !slices.EqualFunc(trials, again, func(a, b sweep.Trial) bool {
		return a.Dir == b.Dir &&
			a.Attempts == b.Attempts
	}) {
		t.Error("the same command again trained something")
	}
}
