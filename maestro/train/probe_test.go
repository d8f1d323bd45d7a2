package train

import (
	"slices"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// TestProbeRefuses: candidates that cannot share the layers before `first`, or that are none, are errors that say so,
// and nothing is computed; those that can have the same losses from any layer on that they do not differ before.
func TestProbeRefuses(t *testing.T) {
	t.Parallel()
	s := runs.Defaults()
	s.Batch = 32
	r, err := open(testkit.Backend(t), "", s, syntheticTask(t, s), Options{}, s.Start)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := r.NewProbe(32, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ranks := r.Network.Ranks()
	lower := func(layer int) []int {
		lowered := slices.Clone(ranks)
		lowered[layer]--
		return lowered
	}
	name := r.Network.Layers[1].Name
	for _, c := range []struct {
		first      int
		candidates [][]int
		say        string
	}{
		{0, nil, "no candidates"},
		{-1, [][]int{ranks}, "must be from 0 to 5"},
		{6, [][]int{ranks}, "must be from 0 to 5"},
		{2, [][]int{ranks, lower(1)}, "layer " + name + ": candidates have ranks"},
		{0, [][]int{ranks[1:]}, "4 ranks for 5 layers"},
	} {
		_, err := p.Losses(c.first, c.candidates)
		testkit.OneLine(t, c.say, err, c.say)
	}
	if len(p.execs) > 0 {
		t.Errorf("%d programs were built for candidates that are refused", len(p.execs))
	}
	candidates := [][]int{ranks, lower(3), lower(4)}
	want, err := p.Losses(0, candidates)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Losses(3, candidates)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if d := got[i] - want[i]; d > 1e-5 || d < -1e-5 {
			t.Errorf("candidate %d: loss %g with shared layers, %g without", i, got[i], want[i])
		}
	}
}
