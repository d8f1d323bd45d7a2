package train_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestOneTrainerAFolder: while a run is being trained nothing else starts or resumes one in its folder, in the same
// process too; it is read all the same, and free once the training has ended or was closed.
func TestOneTrainerAFolder(t *testing.T) {
	t.Parallel()
	backend, s := testkit.Backend(t), quick()
	s.Epochs = 2
	found := mnist(t, testkit.SmallMNIST(t), s)
	run := filepath.Join(t.TempDir(), "run")
	r, err := train.New(backend, run, s, found, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.TrainTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	const used = "is in use in this process already (training, since "
	_, err = train.Resume(backend, run, found, train.Options{})
	testkit.OneLine(t, "resumed meanwhile", err, used)
	_, err = train.NewOrResume(backend, run, s, found, train.Options{})
	testkit.OneLine(t, "the same command meanwhile", err, used)
	_, err = train.New(backend, run, s, found, train.Options{})
	testkit.OneLine(t, "a new one meanwhile", err, used)
	_, err = train.Hold(run, "compressing", train.Options{})
	testkit.OneLine(t, "compressed meanwhile", err, used)
	if err := os.Rename(filepath.Join(run, "config.yaml"), filepath.Join(run, "kept")); err != nil { // as at its start
		t.Fatal(err)
	}
	_, err = train.New(backend, run, s, found, train.Options{})
	testkit.OneLine(t, "started meanwhile", err, used)
	if err := os.Rename(filepath.Join(run, "kept"), filepath.Join(run, "config.yaml")); err != nil {
		t.Fatal(err)
	}
	read, err := train.Open(backend, run, found, train.Options{})
	if err != nil {
		t.Fatal("reading meanwhile:", err)
	}
	read.Close()
	if err := r.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	if release, err := train.Hold(run, "compressing", train.Options{}); err != nil {
		t.Error("after its end:", err)
	} else {
		release()
	}
	if rows, err := runs.ReadHistory(run); err != nil || len(rows) != 2 {
		t.Errorf("%d rows (%v)", len(rows), err)
	}
	if left, _ := filepath.Glob(filepath.Join(run, ".lock*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestFinishedRunReadOnly: a run that is done is opened and resumed where nothing can be written; one that is not is
// an error.
func TestFinishedRunReadOnly(t *testing.T) {
	t.Parallel()
	backend, s := testkit.Backend(t), quick()
	s.Epochs = 1
	found := mnist(t, testkit.SmallMNIST(t), s)
	run := filepath.Join(t.TempDir(), "run")
	r, err := train.New(backend, run, s, found, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, r)
	// A folder in the lock's place stands for one where nothing can be written: it holds for root too.
	if err := os.Mkdir(filepath.Join(run, ".lock"), 0o755); err != nil {
		t.Fatal(err)
	}
	again, err := train.Resume(backend, run, found, train.Options{})
	if err != nil || !again.Done() {
		t.Fatal(err)
	}
	again.Close()
	if err := os.RemoveAll(filepath.Join(run, "checkpoint", "epoch-0001")); err != nil {
		t.Fatal(err)
	}
	_, err = train.Resume(backend, run, found, train.Options{})
	testkit.OneLine(t, "an unfinished one", err, "cannot write into "+run)
}

// TestRunMovedWhileItTrains: what is written next, by an interrupt or at the end of an epoch, goes to where the run
// is; where that cannot be found, as it was removed, one line says so, and no folder is made in its old place.
func TestRunMovedWhileItTrains(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells where an open folder is")
	}
	backend, s := testkit.Backend(t), quick()
	s.Epochs = 2
	found := mnist(t, testkit.SmallMNIST(t), s)
	parent, _ := filepath.EvalSymlinks(t.TempDir())
	run, moved := filepath.Join(parent, "run"), filepath.Join(parent, "moved here")
	var warned []string
	ctx, stop := context.WithCancel(t.Context())
	o := train.Options{Warn: func(w string) { warned = append(warned, w) }}
	r, err := train.New(backend, run, s, found, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := os.Rename(run, moved); err != nil {
		t.Fatal(err)
	}
	if err := r.TrainTo(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if rows, err := runs.ReadHistory(moved); err != nil || len(rows) != 1 || r.Dir != moved || len(warned) != 1 ||
		!strings.Contains(warned[0], moved) {
		t.Errorf("%d rows (%v), the run is in %s, warnings %q", len(rows), err, r.Dir, warned)
	}
	again := filepath.Join(parent, "again")
	if err := os.Rename(moved, again); err != nil {
		t.Fatal(err)
	}
	stop()
	testkit.OneLine(t, "moved and interrupted within an epoch", r.Train(&countdown{t.Context(), 3}),
		"`maestro resume "+again+"` goes on from there")
	if found, _ := filepath.Glob(filepath.Join(again, "checkpoint", "*-step-*")); len(found) != 1 {
		t.Errorf("checkpoints within the epoch: %v", found)
	}
	if err := os.RemoveAll(again); err != nil {
		t.Fatal(err)
	}
	testkit.OneLine(t, "removed", r.Train(t.Context()), "is no longer there")
	for _, path := range []string{run, moved, again} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is there (%v)", path, err)
		}
	}
}
