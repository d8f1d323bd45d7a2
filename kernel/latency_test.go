package kernel

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTimeCells: both kernels are timed in all their steps, and neither leaves anything behind. How fast they are is no
// matter for a test, on a machine that does other work beside.
func TestTimeCells(t *testing.T) {
	setup := prepared(t)
	if _, err := setup.TimeCells(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "rounds") {
		t.Errorf("no rounds: %v, want an error that says so", err)
	}
	long(t)
	where := isolate(t)
	for _, setting := range where.settings() {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
	times, err := setup.TimeCells(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	steps := []string{"XLA client", "compile", "compute", "go build: the rest", "go get", "goimports", "link", "process"}
	for who, c := range map[string]struct {
		CellTime
		steps []string
	}{
		"ours": {times.Ours, slices.DeleteFunc(slices.Clone(steps), func(s string) bool { return s == "go get" })},
		"gonb": {times.GoNB, steps},
	} {
		if diff := cmp.Diff(c.steps, slices.Sorted(maps.Keys(c.Parts))); diff != "" {
			t.Errorf("%s: the steps (-want +got):\n%s", who, diff)
		}
		if c.Parts["link"] < 10 || c.Cell < c.Parts["link"]/3 || c.Fastest != c.Cell || c.Slowest != c.Cell || c.FirstCompletion <= 0 || c.Completion <= 0 {
			t.Errorf("%s: one round took %+v", who, c.CellTime)
		}
	}
	if times.Rounds != 1 || times.Ratio != times.Ours.Cell/times.GoNB.Cell {
		t.Errorf("%d rounds, ratio %g", times.Rounds, times.Ratio)
	}
	where.expectEmpty(t, "after the rounds")
}
