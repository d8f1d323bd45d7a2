package baselines_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/baselines"
	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// TestSIFD: the factors have their share of the ranks from the first step on and to the end, the products decay in
// place of the factors, and a run that is there is opened as what it is.
func TestSIFD(t *testing.T) {
	s := runs.Defaults()
	s.Epochs, s.Batch, s.Validation, s.WeightDecay, s.LambdaGL = 1, 30, 60, 1e-3, 1e-2
	learnt, err := images.Load(t.Context(), s, data.Options{Dir: testkit.SmallMNIST(t), Validation: s.Validation,
		Seed: s.Seed})
	if err != nil {
		t.Fatal(err)
	}
	lab := trial.Lab{Backend: testkit.Backend(t), Task: learnt}
	method, dir := baselines.SIFD{Keep: baselines.Keep{First: 1, Last: 1}, Ratio: 0.25}, filepath.Join(t.TempDir(), "run")
	run, err := method.Train(t.Context(), dir, s, nil, lab)
	if err != nil {
		t.Fatal(err)
	}
	run.Close()
	if run.Settings.FrobeniusDecay != 1e-3 || run.Settings.LambdaGL != 0 {
		t.Errorf("the run decays products by %g, at λ_gl = %g", run.Settings.FrobeniusDecay, run.Settings.LambdaGL)
	}
	record, err := runs.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"conv2": 4, "fc1": 30, "fc2": 21} // a quarter of 16, 120 and 84
	seen := map[string]int{}
	for _, row := range record.Ranks {
		if rank, ok := want[row.Layer]; ok {
			if seen[row.Layer]++; row.Rank != rank {
				t.Errorf("%s has rank %d after epoch %d, want %d", row.Layer, row.Rank, row.Epoch, rank)
			}
		}
	}
	if len(seen) != 3 || seen["fc1"] != 2 { // at the start and after the epoch
		t.Errorf("ranks are recorded %v times", seen)
	}
	again, err := method.Train(t.Context(), dir, s, nil, lab)
	if err != nil {
		t.Fatal("opened again:", err)
	}
	again.Close()
	other := method
	other.Ratio = 0.5
	if err := other.Made(dir); err == nil || !strings.Contains(err.Error(), "made otherwise") {
		t.Errorf("the run of another ratio: %v", err)
	}
	if _, err := (baselines.SIFD{}).Train(t.Context(), dir, s, nil, lab); err == nil ||
		!strings.Contains(err.Error(), "ratio is 0") {
		t.Errorf("no ratio: %v", err)
	}
	if drawn, err := train.Open(lab.Backend, filepath.Join(dir, "warm"), learnt, train.Options{}); err == nil {
		if drawn.Epoch() != 0 {
			t.Errorf("the network was trained whole for %d epochs", drawn.Epoch())
		}
		drawn.Close()
	}
}
