package compress_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
)

// files lists all files below a folder.
func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		all = append(all,
			path)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDiscardKeepsTheUsersOwn: what a search wrote goes, and nothing else: a run that trains a model on and notes
// stay, in the same folder too; a table that is none of a ladder, and a model's folder in which there is something of
// the user's, are named, and then everything stays; and a run of the user's is never taken for a model.
func TestDiscardKeepsTheUsersOwn(t *testing.T) {
	dir, learnt, open := trained(t, func(s *runs.Settings) { s.Epochs = 1 })
	backend := testkit.Backend(t)
	job := compress.DefaultJob()
	job.Settings, job.Bounds, job.Models, job.Latency.Batches = small(), compress.Bounds{MACs: 0.9}, 2, nil
	search := func() (*compress.Result, error) {
		return compress.Run(t.Context(), backend, dir, learnt, job, compress.Options{})
	}
	result, err := search()
	if err != nil {
		t.Fatal(err)
	}
	model := filepath.Join(dir, result.Models[len(result.Models)-1].Dir)
	from, err := open().Sibling(model)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	tuned, err := train.FineTune(backend, model+"-finetuned", from, from.Settings, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tuned.Close()
	notes := filepath.Join(dir, "ladder", "notes.txt")
	if err := os.WriteFile(notes, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}

	put := func(path, text string) (take func()) {
		t.Helper()
		was, readErr := os.ReadFile(path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755),
			os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		return func() {
			err := os.RemoveAll(path)
			if readErr == nil {
				err = os.WriteFile(path, was, 0o644)
			} else if filepath.Base(filepath.Dir(path)) == "export" {
				err = os.RemoveAll(filepath.Dir(path))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for path, say := range map[string]string{
		filepath.Join(model, "export", "model.onnx"): model + " holds export, which the search did not make",
		filepath.Join(model, "plot.png"):             model + " holds plot.png",
		filepath.Join(dir, "front.csv"):              "front.csv is no table of a ladder",
	} {
		take := put(path, "accuracy,mine\n90,1\n")
		before := files(t, dir)
		testkit.OneLine(t, path, compress.Discard(dir), say)
		if after := files(t, dir); !slices.Equal(before, after) {
			t.Errorf("%s: a refused discarding left %v of %v", path, after, before)
		}
		take()
	}
	kept := files(t, model+"-finetuned")
	if err := compress.Discard(dir); err != nil {
		t.Fatal(err)
	}
	for _, m := range result.Models {
		if _, err := os.Stat(filepath.Join(dir, m.Dir)); err == nil {
			t.Errorf("%s is still there", m.Dir)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "ladder.csv")); err == nil {
		t.Error("ladder.csv is still there")
	}
	if _, err := os.Stat(notes); err != nil || !slices.Equal(files(t, model+"-finetuned"), kept) || !runs.Exists(dir) {
		t.Errorf("the notes are gone, or a part of the fine-tuned run: %v", err)
	}

	if err := os.Rename(model+"-finetuned", model); err != nil {
		t.Fatal(err)
	}
	if err := compress.Discard(dir); err != nil || !runs.Exists(model) {
		t.Errorf("a run of the user's with a model's name is gone (%v)", err)
	}
	_, err = search()
	testkit.OneLine(t, "a run in a model's place", err, model+" holds a run that the search did not make")
}

// TestTargetHasItsModel: where the search meets its target there is a model that meets it, however seldom the
// validation split was measured on the way; the ladder tells what was measured.
func TestTargetHasItsModel(t *testing.T) {
	dir, learnt, open := trained(t, func(s *runs.Settings) { s.Epochs = 1 })
	var whole int64
	for _, l := range open().Network.Layers {
		whole += l.Whole().MACs
	}
	for _, every := range []int{100, 0, 2} {
		job := compress.DefaultJob()
		job.Settings, job.Bounds, job.Models, job.Latency.Batches, job.Anew = small(), compress.Bounds{MACs: 0.8}, 3,
			nil, true
		job.Settings.ValidateEvery = every
		result, err := compress.Run(t.Context(), testkit.Backend(t), dir, learnt, job, compress.Options{})
		if err != nil {
			t.Fatal(err)
		}
		last := result.Models[len(result.Models)-1]
		if float64(last.MACs) > 0.8*float64(whole) || last.Step != result.Rungs[len(result.Rungs)-1].Step ||
			!runs.Exists(filepath.Join(dir, last.Dir)) {
			t.Errorf("every %d: the smallest model is %+v", every, last)
		}
		rungs, err := compress.ReadLadder(dir)
		if err != nil {
			t.Fatal(err)
		}
		if at := rungs[last.Step].Validation.Accuracy; at != last.Validation || at == 0 ||
			len(rungs) != len(result.Rungs) {
			t.Errorf("every %d: ladder.csv has %g %%, the model %g %%", every, at, last.Validation)
		}
		for _, r := range rungs[1:last.Step] {
			if measured := r.Validation != (runs.Measured{}); measured != (every > 0 && r.Step%every == 0) {
				t.Errorf("every %d: step %d is measured: %v", every, r.Step, measured)
			}
		}
	}
}

// TestNothingToCompress: a run without a rank left, one whose weights are no numbers, and one that is being
// compressed are each one line that says so; of weights it names the layer.
func TestNothingToCompress(t *testing.T) {
	dir, learnt, open := trained(t, func(s *runs.Settings) { s.Epochs = 1 })
	ladder := func(run *train.Run) error {
		_, err := compress.Ladder(t.Context(), run, small(), compress.Bounds{MACs: 0.9}, compress.DefaultLatency(),
			compress.Options{})
		return err
	}
	none := open()
	ranks := make([]int, len(none.Network.Layers))
	if err := none.SetRanks(ranks); err != nil {
		t.Fatal(err)
	}
	testkit.OneLine(t, "rank 0 everywhere", ladder(none),
		"has no rank left: training shrank every layer in factors to rank 0")
	if err := none.Network.Merge(0); err != nil {
		t.Fatal(err)
	}
	testkit.OneLine(t, "rank 0 but for a matrix", ladder(none), "has no rank left")

	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		run := open()
		u := run.Network.Store().GetVariable("/model/fc1/u")
		flat := make([]float32, u.Shape().Size())
		flat[7] = float32(value)
		if err := u.SetValue(tensors.FromFlatDataAndDimensions(flat, u.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
		for name, what := range map[string]func() error{
			"a ladder": func() error { return ladder(run) },
			"reordered": func() error {
				_, err := compress.Reordered(run, filepath.Join(t.TempDir(), "reordered"))
				return err
			},
			"factorised": func() error {
				_, err := compress.Factorised(run, filepath.Join(t.TempDir(), "factorised"))
				return err
			},
		} {
			testkit.OneLine(t, fmt.Sprintf("%s of %g", name, value), what(),
				"layer fc1 has weights that are NaN or infinite")
		}
	}

	release, err := train.Hold(dir, "compressing", train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	_, err = compress.Run(t.Context(), testkit.Backend(t), dir, learnt, compress.DefaultJob(), compress.Options{})
	testkit.OneLine(t, "a second compression", err, dir+" is in use in this process already (compressing, since ")
}

// TestLadderOfOtherWeights: a ladder, and a reordered run, that were made of other weights are not gone on with, though
// settings and epoch are the same; nor is a run of the user's taken for the reordered one.
func TestLadderOfOtherWeights(t *testing.T) {
	dir, learnt, open := trained(t, func(s *runs.Settings) { s.Epochs = 1 })
	backend := testkit.Backend(t)
	job := compress.DefaultJob()
	job.Settings, job.Bounds, job.Models, job.Latency.Batches = small(), compress.Bounds{MACs: 0.95}, 2, nil
	search := func(reorder bool) error {
		job.Reorder = reorder
		_, err := compress.Run(t.Context(), backend, dir, learnt, job, compress.Options{})
		return err
	}
	if err := errors.Join(search(false), search(true)); err != nil {
		t.Fatal(err)
	}
	reordered, kept := filepath.Join(dir, "reordered"), filepath.Join(t.TempDir(), "kept")
	if err := os.Rename(reordered, kept); err != nil {
		t.Fatal(err)
	}
	tuned, err := train.FineTune(backend, reordered, open(), open().Settings, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tuned.Close()
	testkit.OneLine(t, "a run of the user's", search(true),
		"trained on for 1 epochs, and is not "+dir+" at epoch 1 reordered")
	if err := errors.Join(os.RemoveAll(reordered), os.Rename(kept, reordered)); err != nil {
		t.Fatal(err)
	}

	other, _, _ := trained(t, func(s *runs.Settings) { s.Epochs, s.LR = 1, 0.01 })
	for _, name := range []string{"checkpoint", "config.yaml"} { // trained anew in the same folder
		if err := errors.Join(os.RemoveAll(filepath.Join(dir, name)), os.Rename(filepath.Join(other, name),
			filepath.Join(dir, name))); err != nil {
			t.Fatal(err)
		}
	}
	testkit.OneLine(t, "a ladder", search(false),
		"holds a ladder of other weights: use that again, or make the ladder anew (--anew)")
	testkit.OneLine(t, "a reordered run", search(true), "and is not "+dir+" at epoch 1 reordered")
}
