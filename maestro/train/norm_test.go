package train_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/testmode"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestBatchNormsResume: a network with batch norms that is resumed after its first epoch ends bit for bit as one that
// was not interrupted, so neither the optimizer nor what it is measured with is left out of the checkpoint; and
// measuring it twice gives the same. Its checkpoints hold the statistics, so that it is measured, and had, without
// recalibration.
func TestBatchNormsResume(t *testing.T) {
	testmode.Long(t, "compiles the steps of a ResNet")
	t.Parallel()
	dir, parent := testkit.SmallMNIST(t), t.TempDir()
	s := quick()
	s.Model, s.Width, s.Epochs, s.LambdaGL, s.WholeLast, s.TrainExamples = "resnet18", 4, 2, 1e-4, 1, 45
	s.Batch, s.Validation = 15, 30
	s.FullPass = true
	backend := testkit.Backend(t)
	found := mnist(t, dir, s)
	whole, err := train.New(backend, filepath.Join(parent, "whole"), s, found, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := finish(t, whole)

	ctx, stop := context.WithCancel(t.Context())
	first, err := train.New(backend, filepath.Join(parent, "parts"), s, found,
		train.Options{Progress: func(p train.Progress) {
			if p.Last.Epoch == 1 {
				stop()
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Train(ctx); err == nil {
		t.Fatal("the run was not stopped")
	}
	first.Close()
	rest, err := train.Resume(backend, first.Dir, found, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if rest.Epoch() != 1 {
		t.Fatalf("the run was stopped after epoch %d, not in its second", rest.Epoch())
	}
	once, err := rest.Validate()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := rest.Validate(); err != nil || once != again {
		t.Errorf("measured %+v and then %+v (%v)", once, again, err)
	}
	same(t, want, finish(t, rest))
	alone, err := train.OpenAlone(backend, rest.Dir, images.Net, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Network.Store().Finalize()
	if m := want["model/stem-norm/mean"]; len(m.Data) == 0 || slices.Max(m.Data) == 0 && slices.Min(m.Data) == 0 {
		t.Errorf("no statistics are averaged: %v", m)
	}
	rows, err := runs.ReadHistory(rest.Dir)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := train.Open(backend, rest.Dir, found, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if again, err := opened.Validate(); err != nil || again.Loss != rows[1].ValidationLoss {
		t.Errorf("measured %+v by the averaged statistics, in training %+v (%v)", again, rows[1], err)
	}
}
