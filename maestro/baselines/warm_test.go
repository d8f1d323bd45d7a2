package baselines_test

import (
	"os"
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

// TestWarmUpTrainedOn: a warm-up that was interrupted is a run, which a person may resume by itself. That takes it to
// the end of all epochs, and it is no warm-up any more.
func TestWarmUpTrainedOn(t *testing.T) {
	s := runs.Defaults()
	s.Epochs, s.Batch, s.Validation = 2, 30, 60
	learnt, err := images.Load(t.Context(), s, data.Options{Dir: testkit.SmallMNIST(t), Validation: s.Validation,
		Seed: s.Seed})
	if err != nil {
		t.Fatal(err)
	}
	lab := trial.Lab{Backend: testkit.Backend(t), Task: learnt}
	for _, method := range []trial.Method{
		baselines.Pufferfish{Warm: 1, Ratio: 0.5},
		baselines.Cuttlefish{MaxWarmEpochs: 1, Epsilon: 1e-9},
	} {
		dir := t.TempDir()
		whole, err := method.Train(t.Context(), dir, s, nil, lab)
		if err != nil {
			t.Fatal(err)
		}
		whole.Close()
		warm, err := train.Resume(lab.Backend, filepath.Join(dir, "warm"), learnt, train.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := warm.Train(t.Context()); err != nil {
			t.Fatal(err)
		}
		warm.Close()
		if err := os.Remove(filepath.Join(dir, "config.yaml")); err != nil { // as if the run itself had not begun
			t.Fatal(err)
		}
		if _, err := method.Train(t.Context(), dir, s, nil, lab); err == nil ||
			!strings.Contains(err.Error(), "was trained on to epoch 2: remove it") {
			t.Errorf("%T: error is %v", method, err)
		}
	}
}
