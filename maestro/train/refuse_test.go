package train_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestReadAllPassesOver: a run whose config.yaml or tables cannot be read is told of by name, one line each, and the
// others are given.
func TestReadAllPassesOver(t *testing.T) {
	t.Parallel()
	s, parent := quick(), t.TempDir()
	r, err := train.New(testkit.Backend(t), filepath.Join(parent, "good"), s, mnist(t, testkit.SmallMNIST(t), s),
		train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	say := map[string]string{"unknown key": "field lamda_gl not found", "empty": "config.yaml is empty",
		"no number": "ranks.csv, line 2", "impossible": "epochs is 0"}
	for name := range say {
		dir := filepath.Join(parent, name)
		if err := os.CopyFS(dir, os.DirFS(r.Dir)); err != nil {
			t.Fatal(err)
		}
		change := func(file, old, now string) {
			t.Helper()
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil || !strings.Contains(string(text), old) {
				t.Fatal(err, string(text))
			}
			if err := os.WriteFile(filepath.Join(dir, file), []byte(strings.Replace(string(text), old, now, 1)),
				0o644); err != nil {
				t.Fatal(err)
			}
		}
		switch name {
		case "unknown key":
			change("config.yaml", "lambda_gl", "lamda_gl")
		case "empty":
			err = os.Truncate(filepath.Join(dir, "config.yaml"), 0)
		case "no number":
			change("ranks.csv", "0,conv1,6", "0,conv1,six")
		case "impossible":
			change("config.yaml", "epochs: 8", "epochs: 0")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var warned []string
	all, err := runs.ReadAll(parent, func(w string) { warned = append(warned, w) })
	if err != nil || len(all) != 1 || all[0].Name() != "good" || len(warned) != len(say) {
		t.Fatalf("runs %v (%v), warnings %q", all, err, warned)
	}
	for name, text := range say {
		if !slices.ContainsFunc(warned, func(w string) bool {
			return strings.Contains(w, filepath.Join(parent, name)) && strings.Contains(w, text) &&
				!strings.Contains(w, "\n")
		}) {
			t.Errorf("no word on %q that says %q: %q", name, text, warned)
		}
	}
	if all, err := runs.ReadAll(parent, nil); err != nil || len(all) != 1 {
		t.Errorf("without one to warn: %v, %v", all, err)
	}
}

// TestFineTuneGoesOnWithItsOwn: a folder with a run from other weights is refused, and both are named: from another
// run, from one of the same name elsewhere, and a run of its own; the same again goes on, and a finished run says how
// to train on.
func TestFineTuneGoesOnWithItsOwn(t *testing.T) {
	t.Parallel()
	backend, s := testkit.Backend(t), quick()
	s.Epochs = 1
	found, parent := mnist(t, testkit.SmallMNIST(t), s), t.TempDir()
	at := func(name string) string { return filepath.Join(parent, name) }
	started := map[string]*train.Run{}
	// as they start, since nothing here depends on what they learn
	for i, name := range []string{"a", "b", "elsewhere/a"} {
		s := s
		s.Seed = uint64(i + 1)
		r, err := train.New(backend, at(name), s, found, train.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		started[name] = r
	}
	tuned := at("a-finetuned")
	tune := func(from, to string) error {
		r, err := train.FineTune(backend, to, started[from], s, train.Options{})
		if err == nil {
			err = r.Train(t.Context())
			r.Close()
		}
		return err
	}
	for range 2 {
		if err := tune("a", tuned); err != nil {
			t.Fatal(err)
		}
	}
	testkit.OneLine(t, "from b", tune("b", tuned),
		tuned+" holds a run that trains a at epoch 0 on, not b at epoch 0: name another folder")
	testkit.OneLine(t, "from another a", tune("elsewhere/a", tuned),
		tuned+" holds a run that trains a at epoch 0 on, from other weights than those of "+at("elsewhere/a"))
	testkit.OneLine(t, "into a run of its own", tune("a", at("b")),
		at("b")+" holds a run of its own, none that trains "+at("a")+" on")

	more := s
	more.Epochs = 4
	_, err := train.New(backend, tuned, more, found, train.Options{})
	testkit.OneLine(t, "more epochs", err,
		fmt.Sprintf("all of its 1 epochs: train it on by `maestro finetune %s --epochs 3`", tuned))
	if err := os.Rename(tuned, at("a of mine")); err != nil {
		t.Fatal(err)
	}
	_, err = train.New(backend, at("a of mine"), more, found, train.Options{})
	testkit.OneLine(t, "more epochs, a name with spaces", err, fmt.Sprintf("`maestro finetune '%s' --epochs 3`",
		at("a of mine")))
}

// TestStartSparesTheUsersTables: a table of the user's in the folder of a new run is named and stays; one that a
// start left behind does not.
func TestStartSparesTheUsersTables(t *testing.T) {
	t.Parallel()
	backend, s := testkit.Backend(t), quick()
	found := mnist(t, testkit.SmallMNIST(t), s)
	for _, name := range []string{"history.csv", "ranks.csv", "importance.csv"} {
		dir := t.TempDir()
		mine := filepath.Join(dir, name)
		if err := os.WriteFile(mine, []byte("name,rank\nmine,1\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := train.New(backend, dir, s, found, train.Options{})
		testkit.OneLine(t, name, err, mine+" is there, and is no table of a run")
		if text, err := os.ReadFile(mine); err != nil || !strings.Contains(string(text), "mine,1") {
			t.Errorf("%s holds %q (%v)", name, text, err)
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
			t.Errorf("the refused start left %v (%v)", list, err)
		}
	}
}

// TestOpenAlone: a run's network is had without its data, as it was trained; where batch norms were not recalibrated
// yet, or config.yaml is of a version that does not tell the data's form, an error says that the data are needed.
func TestOpenAlone(t *testing.T) {
	t.Parallel()
	backend, s := testkit.Backend(t), quick()
	s.Epochs = 1
	data, run := testkit.SmallMNIST(t), filepath.Join(t.TempDir(), "run")
	r, err := train.New(backend, run, s, mnist(t, data, s), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := finish(t, r)
	alone, err := train.OpenAlone(backend, run, images.Net, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Network.Store().Finalize()
	count := 0
	for v := range alone.Network.Store().RootScope().At("model").IterVariables() {
		count++
		if w := want[strings.TrimPrefix(v.Path(), "/")]; !slices.Equal(w.Shape, v.Shape().Dimensions) {
			t.Errorf("%s has shape %v, want %v", v.Path(), v.Shape(), w.Shape)
		}
	}
	if d := alone.Config.Data; count != 15 || alone.Epoch != 1 || d.Image != [3]int{28, 28, 1} || d.Classes != 10 ||
		len(d.Mean) != 1 || len(d.Std) != 1 {
		t.Errorf("%d variables at epoch %d of %+v", count, alone.Epoch, d)
	}
	path := filepath.Join(run, "config.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	old := strings.Replace(string(text), "classes: 10", "classes: 0", 1)
	if err := os.WriteFile(path, []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = train.OpenAlone(backend, run, images.Net, train.Options{})
	testkit.OneLine(t, "an old run", err, "does not tell their form")
	s.Model, s.Width = "resnet18", 4
	norms, err := train.New(backend, filepath.Join(t.TempDir(), "norms"), s, mnist(t, data, s), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	norms.Close()
	_, err = train.OpenAlone(backend, norms.Dir, images.Net, train.Options{})
	testkit.OneLine(t, "norms at the start", err,
		"the statistics of the batch norms of "+norms.Dir+" are averaged over training examples, and its checkpoint "+
			"has none")
	if !errors.Is(err, task.ErrNeedsData) {
		t.Errorf("%v is no ErrNeedsData", err)
	}
}
