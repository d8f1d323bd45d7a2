package train_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestInBackground: a training in the background ends as one that is waited for, also when it was stopped and resumed.
func TestInBackground(t *testing.T) {
	t.Parallel()
	backend := testkit.Backend(t)
	s := runs.Defaults()
	s.Data, s.TrainExamples, s.Validation, s.Epochs, s.Batch, s.Seed = "mnist-small", 512, 500, 2, 64, 3
	learnt := mnist(t, "", s)
	dir := filepath.Join(t.TempDir(), "run")
	b, err := train.InBackground(func(o train.Options) (*train.Run, error) {
		return train.New(backend, dir, s, learnt,
			o)
	}, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.Stop()
	if err := b.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatalf("a training that was stopped: %v", err)
	}
	b, err = train.Start(backend, dir, s, learnt, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Wait(); err != nil {
		t.Fatal(err)
	}
	if p := b.Progress(); p.Step != 16 || p.Steps != 16 || p.Epochs != 2 {
		t.Errorf("at its end it tells of %+v, want 16 steps of 2 epochs", p)
	}
	record, err := runs.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if last := record.History[len(record.History)-1]; last.Epoch != 2 {
		t.Errorf("the run's last epoch is %d, want 2", last.Epoch)
	}
}
