package kernel

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestTimeCells: the kernels are timed, ours in all its steps, and none leaves anything behind. How fast they are is no
// matter for a test, on a machine that does other work beside.
func TestTimeCells(t *testing.T) {
	setup := prepared(t)
	if _, err := setup.TimeCells(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "rounds") {
		t.Errorf("no rounds: %v, want an error that says so", err)
	}
	testmode.Long(t, "times many cells")
	where := isolate(t)
	for _, setting := range where.settings() {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
	times, err := setup.TimeCells(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for who, kinds := range times.Kernels {
		if diff := cmp.Diff([]string{"function", "plot", "small", "train"},
			slices.Sorted(maps.Keys(kinds))); diff != "" {
			t.Errorf("%s: the cells (-want +got):\n%s", who, diff)
		}
		for kind, c := range kinds {
			if c.Median <= 0 || c.P95 != c.Median {
				t.Errorf("%s, %s: one round took %+v", who, kind, c)
			}
			if steps := slices.Sorted(maps.Keys(c.Steps)); who == "ours" &&
				!slices.Equal(steps, []string{"compile", "link", "open", "run", "translate"}) {
				t.Errorf("%s, %s: the steps are %q", who, kind, steps)
			}
		}
	}
	if len(times.Kernels) != 3 || times.Rounds != 1 {
		t.Errorf("%d rounds of %d kernels, want 1 of 3", times.Rounds, len(times.Kernels))
	}
	where.expectEmpty(t, "after the rounds")
}
