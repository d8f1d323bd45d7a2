package studies_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestRankDynamicsOpensWhatIsThere: the study trains its runs, opens them again without training and without a
// device, and a larger λ_gl leaves fewer ranks.
func TestRankDynamicsOpensWhatIsThere(t *testing.T) {
	s := studies.DefaultRankDynamics()
	s.Runs, s.DataDir = filepath.Join(t.TempDir(), "runs"), testkit.SmallMNIST(t)
	s.LambdaGL, s.Seeds = []float64{0, 3e-3}, []uint64{1, 2}
	s.Train.Epochs, s.Train.Batch, s.Train.Validation, s.Train.LR, s.Train.EpsPS = 4, 30, 60, 0.01, 0.3
	s.Train.RecompileSteps = 1 << 30 // ranks that died are masked until the end
	trained, err := studies.RankDynamics(t.Context(), testkit.Backend(t), s, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := studies.RankDynamics(t.Context(), nil, s, train.Options{})
	if err != nil {
		t.Fatal("opening finished runs:", err)
	}
	if diff := cmp.Diff(trained, opened); diff != "" {
		t.Errorf("runs that were opened differ from when they were trained:\n%s", diff)
	}
	sums := studies.Summarise(opened)
	if len(sums) != 2 || sums[0].Seeds != 2 || sums[0].LambdaGL != 0 || sums[1].LambdaGL != 3e-3 {
		t.Fatalf("summaries %v", sums)
	}
	if !(sums[1].Rank < sums[0].Rank) {
		t.Errorf("total rank %g without the lasso, %g with it", sums[0].Rank, sums[1].Rank)
	}
	for i, sum := range sums {
		a, b := opened[2*i].Test.Accuracy, opened[2*i+1].Test.Accuracy
		if sum.Accuracy != (a+b)/2 || sum.LowAccuracy != min(a, b) || sum.HighAccuracy != max(a, b) {
			t.Errorf("accuracies %g and %g summarised as %+v", a, b, sum)
		}
	}
	record, err := runs.Read(opened[2].Dir)
	if err != nil {
		t.Fatal(err)
	}
	epochs, ranks := studies.TotalRanks(record)
	// LeNet's 6 + 16 + 120 + 84 + 10 at the start, and what the history says after each epoch.
	if diff := cmp.Diff([]float64{0, 1, 2, 3, 4}, epochs); diff != "" || ranks[0] != 236 ||
		ranks[4] != float64(opened[2].History[3].TotalRank) {
		t.Errorf("total ranks %v at epochs %v", ranks, epochs)
	}
	s.Train.LR = 0.02
	if _, err := studies.RankDynamics(t.Context(), nil, s, train.Options{}); err == nil ||
		!strings.Contains(err.Error(), "holds a run with other settings") {
		t.Errorf("other settings: error is %v", err)
	}
}
