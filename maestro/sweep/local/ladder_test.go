package local_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/sweeptest"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestLadders: a study of LeNet whose trainings are compressed has a front over rungs, which status prints; rungs
// shrink as they go down a ladder, lose no more accuracy than the study allows, and their models can be opened.
func TestLadders(t *testing.T) {
	testmode.Long(t, "LeNet is trained and compressed four times")
	const drop = 5
	dir := filepath.Join(t.TempDir(), "study")
	args := []string{"sweep", "run", dir, "--model", "lenet", "--data", "mnist-small", "--epochs", "6",
		"--batch", "64", "--over", "lambda_gl=0,1e-5", "--seeds", "1,2", "--ladder", "--ladder-drop", "5",
		"--workers", "2"}
	said := sweeptest.Run(t, args...)
	study, err := sweep.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	trials := sweeptest.Look(t, study)
	rungs := 0
	for _, one := range trials {
		if one.State != sweep.Finished || len(one.Outcome.Rungs) < 3 {
			t.Fatalf("%s is %s: %+v", one.Point, one.State, one.Outcome)
		}
		first := one.Outcome.Rungs[0]
		if first.Step != 0 || first.MACs != one.Outcome.MACs || first.Accuracy != one.Outcome.Accuracy {
			t.Errorf("the ladder begins with %+v, the trained network is %+v", first, one.Outcome)
		}
		for i, r := range one.Outcome.Rungs[1:] {
			if r.MACs >= one.Outcome.Rungs[i].MACs || r.Step <= one.Outcome.Rungs[i].Step ||
				r.Accuracy < first.Accuracy-drop {
				t.Errorf("rung %d of %s: %+v, after %+v and from %+v", i+1, one.Point, r, one.Outcome.Rungs[i], first)
			}
		}
		rungs += len(one.Outcome.Rungs)
		models, err := filepath.Glob(filepath.Join(one.Dir, "*", "*", "config.yaml"))
		if err != nil || len(models) == 0 {
			t.Errorf("%s has no models (%v)", one.Dir, err)
		}
		for _, path := range models {
			if _, err := runs.Read(filepath.Dir(path)); err != nil {
				t.Error(err)
			}
		}
	}
	all := sweep.Candidates(trials, sweep.MACs)
	small := slices.ContainsFunc(all, func(c sweep.Candidate) bool { return c.Front && c.Step > 0 })
	if len(all) != rungs || !small {
		t.Errorf("%d candidates of %d rungs; a compressed one is on the front: %v", len(all), rungs, small)
	}
	_, front, ok := strings.Cut(said, "the front over rungs:\n")
	lines := 0
	for _, c := range all {
		if c.Front {
			lines++
		}
	}
	if !ok || strings.Count(front, ", rung ") != lines {
		t.Errorf("it says of %d rungs on the front\n%s", lines, said)
	}
	t.Logf("%s", said)
}
