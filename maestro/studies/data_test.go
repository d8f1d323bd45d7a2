package studies_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestStudyFindsItsDataAgain: a study that was given its data folder once trains the runs that are added later on the
// same data without it.
func TestStudyFindsItsDataAgain(t *testing.T) {
	t.Setenv("MAESTRO_DATA", "")
	s := studies.DefaultRankDynamics()
	s.Runs, s.DataDir = filepath.Join(t.TempDir(), "runs"), testkit.SmallMNIST(t)
	s.LambdaGL, s.Seeds, s.Train.Epochs, s.Train.Batch = []float64{0}, []uint64{1}, 1, 30
	if _, err := studies.RankDynamics(t.Context(), testkit.Backend(t), s, train.Options{}); err != nil {
		t.Fatal(err)
	}
	s.DataDir, s.Seeds = "", []uint64{1, 2}
	results, err := studies.RankDynamics(t.Context(), testkit.Backend(t), s,
		train.Options{Warn: func(text string) { t.Error(text) }})
	if err != nil {
		t.Fatal(err)
	}
	var data [2]runs.DataConfig
	for i, r := range results {
		config, err := runs.ReadConfig(r.Dir)
		if err != nil {
			t.Fatal(err)
		}
		data[i] = config.Data
	}
	// a tenth of 660, which nobody asked for
	if diff := cmp.Diff(data[0], data[1]); diff != "" || data[0].Validation != 66 {
		t.Errorf("trained on %+v and then on other data:\n%s", data[0], diff)
	}
}
