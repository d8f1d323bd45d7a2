package train_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestDivergedInTheLastStep: a step that ruins the weights, after which there is none whose loss would tell, gets the
// line that every divergence gets: the last of all, one before an interrupt, and one whose weights are still numbers.
// Nothing of it is in the folder.
func TestDivergedInTheLastStep(t *testing.T) {
	t.Parallel()
	backend, data := testkit.Backend(t), testkit.SmallMNIST(t)
	for name, c := range map[string]struct {
		batch int
		lr    float64
		left  int // steps until an interrupt
	}{
		"the last step":         {600, 1e39, 9},
		"before an interrupt":   {300, 1e39, 1},
		"numbers, but no sense": {600, 1e9, 9},
	} {
		t.Run(name, func(t *testing.T) {
			s := quick()
			s.Epochs, s.Batch, s.LR, s.LambdaGL = 1, c.batch, c.lr, 0
			run := filepath.Join(t.TempDir(), "run")
			r, err := train.New(backend, run, s, mnist(t, data, s), train.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			err = r.Train(&countdown{t.Context(), c.left})
			testkit.OneLine(t, name, err, "training diverged: ")
			start := filepath.Join(run, "checkpoint", "epoch-0000")
			testkit.OneLine(t, name, err, "The last good checkpoint is "+start)
			if list, _ := os.ReadDir(filepath.Dir(start)); len(list) != 1 {
				t.Errorf("checkpoints %v", list)
			}
			if rows, err := runs.ReadHistory(run); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("history %v (%v)", rows, err)
			}
		})
	}
}

// TestNoRankLeft: training says when a layer has lost its last rank, once, and when none has any left; the importance
// of every epoch is there all the same, with no ranks.
func TestNoRankLeft(t *testing.T) {
	t.Parallel()
	backend, data := testkit.Backend(t), testkit.SmallMNIST(t)
	layers := []string{"conv1", "conv2", "fc1", "fc2", "fc3"}
	first := map[string]float64{} // importance of the first rank at the start: what eps_ps is compared with
	finishWith := func(eps float64) (warned []string, run string) {
		s := quick()
		s.Epochs, s.LambdaGL, s.LR, s.EpsPS = 1, 0, 1e-9, eps // the weights as good as stay
		run = filepath.Join(t.TempDir(), "run")
		r, err := train.New(backend, run, s, mnist(t, data, s),
			train.Options{Warn: func(w string) { warned = append(warned, w) }})
		if err != nil {
			t.Fatal(err)
		}
		finish(t, r)
		return warned, run
	}
	warned, run := finishWith(0)
	for _, l := range layers {
		importance, err := runs.ReadImportance(run, l)
		if err != nil || len(importance) != 2 {
			t.Fatalf("%s: importance of %d epochs (%v)", l, len(importance), err)
		}
		first[l] = importance[0][0]
	}
	if len(warned) > 0 {
		t.Errorf("warnings %q of a run with all of its ranks", warned)
	}
	slices.SortFunc(layers, func(a, b string) int {
		if first[a] < first[b] {
			return -1
		}
		return 1
	})
	some := 0
	for lost := 1; lost <= len(layers); lost++ {
		eps := 2 * first[layers[lost-1]]
		if lost < len(layers) {
			// too near to each other to lose one alone
			if some > 0 || first[layers[lost]] < 1.05*first[layers[lost-1]] {
				continue
			}
			eps, some = math.Sqrt(first[layers[lost-1]]*first[layers[lost]]), some+1
		}
		warned, run := finishWith(eps)
		if len(warned) != 1 ||
			strings.Contains(warned[0], "no layer has a rank left after epoch 1") != (lost == len(layers)) ||
			!strings.Contains(warned[0], "lambda_gl") {
			t.Fatalf("%d layers lost: warnings %q", lost, warned)
		}
		for i, l := range layers {
			if lost < len(layers) && strings.Contains(warned[0], l) != (i < lost) {
				t.Errorf("%d layers lost, %s is the %d-th: %q", lost, l, i+1, warned[0])
			}
			importance, err := runs.ReadImportance(run, l)
			if err != nil || len(importance) != 2 || len(importance[0]) == 0 ||
				(len(importance[1]) == 0) != (i < lost) {
				t.Errorf("%s: importance %v (%v)", l, importance, err)
			}
		}
	}
	if some == 0 {
		t.Error("no layer was lost alone, which shows nothing")
	}
}
