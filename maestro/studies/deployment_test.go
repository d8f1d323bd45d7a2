package studies_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/maestro/testmode"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestDeployment: ladders, the truncated decomposition and the separate trainings are all measured and timed, and a
// second call reads them from their folders with no step taken and no time measured again.
func TestDeployment(t *testing.T) {
	testmode.Long(t, "trains networks, and searches and times smaller ones")
	parent := t.TempDir()
	s := studies.DefaultDeployment().Quick()
	s.Separate.DataDir, s.Separate.Runs, s.Runs = testkit.SmallMNIST(t), filepath.Join(parent, "separate"),
		filepath.Join(parent, "own")
	s.Separate.Train.Data, s.Separate.Train.Batch, s.Separate.Train.Validation = "mnist", 30, 60 // of MNIST's form
	s.Job.Settings.Examples, s.Job.Latency.RoundTime = 200, time.Millisecond
	// each form is programs of its own to compile
	s.Job.Models, s.Job.Bounds.MACs, s.Job.Settings.Shares = 2, 0.8, []float64{0.5}
	made, err := studies.Deployment(t.Context(), testkit.Backend(t), s, train.Options{}, compress.Options{})
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]int{}
	for _, m := range made.Models {
		of[m.Label]++
		if len(m.Times) != 1 || !(m.Times[0].P50 > 0) || !(m.Test.Accuracy > 0) || m.Size.MACs == 0 ||
			m.Size.Parameters <= m.Size.Weights {
			t.Errorf("%s: %+v", m.Label, m)
		}
	}
	if of["non-factorised"] != 1 || of["ladder, λ_gl = 0"] < 2 || of["SVD, greedy"] < 2 ||
		of["SVD, same shares"] != of["ladder, λ_gl = 0"] || of["trained apart"] != 2 ||
		of["ladder, λ_gl = 0, trained on"] != of["ladder, λ_gl = 0"] || of["ladder, λ_gl = 0, reordered"] < 2 {
		t.Errorf("models %v", of)
	}
	read, err := studies.Deployment(t.Context(), testkit.Backend(t), s, train.Options{}, compress.Options{
		Step: func(compress.Rung) { t.Error("a step is taken again") }, Report: func(what string, _, _ int) {
			if strings.HasPrefix(what, "timing") {
				t.Error("it is timed again")
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(parent) // from elsewhere, by other names of the same folders
	s.Separate.Runs, s.Runs = "separate", "own"
	moved, err := studies.Deployment(t.Context(), testkit.Backend(t), s, train.Options{},
		compress.Options{Report: func(what string, _, _ int) {
			if strings.HasPrefix(what, "timing") {
				t.Error("it is timed again from elsewhere")
			}
		}})
	if err != nil || len(moved.Models) != len(made.Models) {
		t.Fatal(err)
	}
	s.Job.Latency.Batches = []int{2}
	if other, err := studies.Deployment(t.Context(), testkit.Backend(t), s, train.Options{},
		compress.Options{}); err != nil || len(other.Models[0].Times) != 1 ||
		other.Models[0].Times[0] == made.Models[0].Times[0] {
		t.Errorf("at another batch size: %v", err)
	}
	if diff := cmp.Diff(made.Models, read.Models); diff != "" {
		t.Errorf("the models differ from when they were made:\n%s", diff)
	}
	s.From = []float64{0.5}
	if _, err := studies.Deployment(t.Context(), testkit.Backend(t), s, train.Options{},
		compress.Options{}); err == nil || !strings.Contains(err.Error(), "no separate training has lambda_gl 0.5") {
		t.Errorf("a ladder of a training that is not there: %v", err)
	}
}

// TestReducedDeployment: the study does for a residual network with batch norms, which computes some layers beside
// others, all that it does for LeNet: in a form that is far too small to show anything but that.
func TestReducedDeployment(t *testing.T) {
	dir := os.Getenv("MAESTRO_DATA")
	if dir == "" {
		t.Skip("MAESTRO_DATA names no folder with CIFAR-10")
	}
	parent := t.TempDir()
	s := studies.ReducedDeployment().Quick()
	s.Separate.DataDir, s.Separate.Runs, s.Runs = dir, filepath.Join(parent, "separate"), filepath.Join(parent, "own")
	tr := &s.Separate.Train
	tr.Width, tr.TrainExamples, tr.Validation, tr.NormExamples, tr.Epochs, tr.Batch = 2, 200, 100, 100, 1, 50
	s.Separate.LambdaGL = []float64{0}
	s.Job.Settings.Examples, s.Job.Settings.Shares, s.Job.Models, s.Job.Bounds.MACs = 100, []float64{0.5}, 2, 0.9
	s.Job.Latency.RoundTime = time.Millisecond
	made, err := studies.Deployment(t.Context(), testkit.Backend(t), s, train.Options{}, compress.Options{})
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]int{}
	for _, m := range made.Models {
		of[m.Label]++
		if len(m.Times) != 1 || !(m.Times[0].P50 > 0) || m.Size.MACs == 0 {
			t.Errorf("%s: %+v", m.Label, m)
		}
	}
	if of["non-factorised"] != 1 || of["ladder, λ_gl = 0"] != of["SVD, same shares"] || of["SVD, greedy"] == 0 ||
		of["trained apart"] != 1 {
		t.Errorf("models %v", of)
	}
	for _, l := range made.Ladders {
		last := l.Rungs[len(l.Rungs)-1]
		if whole := made.Models[0].Size.MACs; float64(last.MACs) > 0.9*float64(whole) || len(last.Ranks) != 21 {
			t.Errorf("%s ends at %d MACs of %d, with %d layers", l.Label, last.MACs, whole, len(last.Ranks))
		}
	}
}
