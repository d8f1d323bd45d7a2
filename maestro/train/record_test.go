package train_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestRecord: what a run folder tells is what the run was, at its start, on its way and at its end, also to one that
// has no device.
func TestRecord(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "runs")
	if none, err := runs.ReadAll(parent, nil); err != nil || none != nil {
		t.Errorf("a folder that does not exist: %v, %v", none, err)
	}
	s := quick()
	s.Epochs = 3
	data := testkit.SmallMNIST(t)
	for _, lambda := range []float64{3e-3, 0} {
		s.LambdaGL = lambda
		name := map[float64]string{0: "plain", 3e-3: "lasso"}[lambda]
		r, err := train.New(testkit.Backend(t), filepath.Join(parent, name), s, mnist(t, data, s), train.Options{})
		if err != nil {
			t.Fatal(err)
		}
		begun, err := runs.Read(r.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if begun.Done() || begun.Last().Epoch != 0 || len(begun.Ranks) != 5 {
			t.Errorf("before the first epoch: done %v, %+v, %d ranks", begun.Done(), begun.Last(), len(begun.Ranks))
		}
		want := finish(t, r)
		ended, err := runs.Read(r.Dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ended.Weights()
		if err != nil {
			t.Fatal(err)
		}
		same(t, want, got)
		layers, full, now := ended.LayerRanks()
		total := 0
		for _, rank := range now {
			total += rank
		}
		if !ended.Done() || ended.Last().Epoch != 3 || ended.Last().TotalRank != total || ended.Config.Settings != s {
			t.Errorf("at the end: done %v, %+v, ranks %v, settings %+v", ended.Done(), ended.Last(), now,
				ended.Config.Settings)
		}
		if !slices.Equal(layers, []string{"conv1", "conv2", "fc1", "fc2", "fc3"}) ||
			!slices.Equal(full, []int{6, 16, 120, 84, 10}) {
			t.Errorf("layers %v of full ranks %v", layers, full)
		}
	}
	all, err := runs.ReadAll(parent, nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range all {
		names = append(names, r.Name())
	}
	if !slices.Equal(names, []string{"plain", "lasso"}) {
		t.Errorf("runs %v, want the one of the smaller λ_gl first", names)
	}
}
