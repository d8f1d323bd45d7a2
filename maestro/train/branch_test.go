package train_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestBranchGoesOn: a run that goes on from another's third epoch ends as the other does, bit for bit, where neither
// the optimizer nor the sampler has a memory; its tables tell all epochs, and the other is left as it was.
func TestBranchGoesOn(t *testing.T) {
	t.Parallel()
	dir := testkit.SmallMNIST(t)
	s := quick()
	s.Epochs, s.Momentum, s.LambdaGL, s.Sampler, s.Schedule, s.Augment = 5, 0, 0, string(lod.SampleNone), "cosine",
		images.CropFlip
	data := mnist(t, dir, s)
	first, err := train.New(testkit.Backend(t), filepath.Join(t.TempDir(), "first"), s, data, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.TrainTo(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	branch, err := train.Branch(testkit.Backend(t), filepath.Join(t.TempDir(), "branch"), first,
		train.Branching{Settings: s, Epoch: 3, Note: "as it is"}, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := finish(t, branch)
	same(t, finish(t, first), got)
	record, err := runs.Read(branch.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(record.History) != 5 || record.History[0].Epoch != 1 ||
		record.Config.From.String() != "first at epoch 3: as it is" {
		t.Errorf("the branch's tables have %d epochs and it is from %q", len(record.History), record.Config.From)
	}
}

// TestBranchInAnotherForm: a network that was trained whole goes on in factors, all of which learn, and after an
// interruption ends as without one.
func TestBranchInAnotherForm(t *testing.T) {
	t.Parallel()
	dir := testkit.SmallMNIST(t)
	s := quick()
	s.Epochs, s.LambdaGL, s.WholeFirst = 2, 0, -1
	data := mnist(t, dir, s)
	whole, err := train.New(testkit.Backend(t), filepath.Join(t.TempDir(), "whole"), s, data, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := whole.TrainTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	s.WholeFirst, s.Sampler, s.FrobeniusDecay, s.WeightDecay = 1, string(lod.SampleNone), 1e-3, 1e-3
	factorise := train.Branching{Settings: s, Epoch: 1, Change: func(n *lod.Network) error {
		for i := 1; i < len(n.Layers); i++ {
			if err := n.Factorise(i, 5); err != nil {
				return err
			}
		}
		return nil
	}}
	branch := func(name string) *train.Run {
		r, err := train.Branch(testkit.Backend(t), filepath.Join(t.TempDir(), name), whole, factorise, train.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	untouched := branch("untouched")
	before := weights(t, untouched.Dir, 1)
	want := finish(t, untouched)
	for name, v := range want {
		if strings.HasPrefix(name, "model/") && slices.Equal(v.Data, before[name].Data) {
			t.Errorf("%s was not trained", name)
		}
	}
	if shape := want["model/fc1/u"].Shape; !slices.Equal(shape, []int{120, 5}) {
		t.Errorf("fc1/u has shape %v, want [120 5]", shape)
	}
	left := branch("left")
	left.Close()
	again, err := train.Resume(testkit.Backend(t), left.Dir, data, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, want, finish(t, again))

	other := s
	other.Seed = 9
	if _, err := train.Branch(testkit.Backend(t), t.TempDir(), whole, train.Branching{Settings: other},
		train.Options{}); err == nil || !strings.Contains(err.Error(), "must have its seed (1)") {
		t.Errorf("a branch of another seed: %v", err)
	}
	whole.Close()
}
