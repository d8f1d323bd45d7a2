package baselines_test

import (
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/baselines"
	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// TestActivation: a trained LeNet is cut to its budget without training, each layer's outputs change less than by the
// plain decomposition at the same rank, and it is opened again as what it is.
func TestActivation(t *testing.T) {
	s := runs.Defaults()
	s.Data, s.Epochs, s.Batch, s.LR, s.TrainExamples = "mnist-small", 2, 32, 0.02, 2000
	learnt, err := images.Load(t.Context(), s, data.Options{Validation: s.Validation, Seed: s.Seed,
		TrainExamples: s.TrainExamples})
	if err != nil {
		t.Fatal(err)
	}
	lab, dir := trial.Lab{Backend: testkit.Backend(t), Task: learnt}, t.TempDir()
	whole, err := baselines.Whole{}.Train(t.Context(), filepath.Join(dir, "whole"), s, nil, lab)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	method := baselines.Activation{MACs: 0.5, Examples: 512}
	cut, err := method.Train(t.Context(), filepath.Join(dir, "cut"), s, whole, lab)
	if err != nil {
		t.Fatal(err)
	}
	defer cut.Close()
	if got, most := cut.Network.Cost().MACs, whole.Network.Whole().MACs/2; got > most || got < most*8/10 {
		t.Errorf("%d MACs, of a budget of %d", got, most)
	}
	ranks := cut.Network.Ranks()
	plain, err := train.Branch(lab.Backend, filepath.Join(dir, "plain"), whole, train.Branching{
		Settings: cut.Settings, Epoch: whole.Epoch(), Change: func(n *lod.Network) error {
			for i, l := range n.Layers {
				if ranks[i] < l.Full() {
					if err := n.Factorise(i, ranks[i]); err != nil {
						return err
					}
				}
			}
			return nil
		}}, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	probe, err := whole.NewProbe(512, whole.Settings.Seed) // the method's own
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	moments, err := probe.Moments()
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range whole.Network.Layers {
		if ranks[i] == l.Full() {
			continue
		}
		var lost []float64 // E‖(W−w)(x−μ)‖²: the mean is the bias's
		for _, n := range []*lod.Network{cut.Network, plain.Network} {
			was, err := whole.Network.Weight(i)
			if err != nil {
				t.Fatal(err)
			}
			now, err := n.Weight(i)
			if err != nil {
				t.Fatal(err)
			}
			var left, square mat.Dense
			now.Sub(now, was)
			left.Mul(now, moments[i].Spread(l))
			square.Mul(&left, now.T())
			lost = append(lost, mat.Trace(&square))
		}
		if !(lost[0] < lost[1]) {
			t.Errorf("%s at rank %d loses %g, by the plain decomposition %g", l.Name, ranks[i], lost[0], lost[1])
		}
	}
	if m, err := cut.Validate(); err != nil || m.Accuracy < 75 {
		t.Errorf("validation accuracy %.1f %% (%v)", m.Accuracy, err)
	}
	again, err := method.Train(t.Context(), filepath.Join(dir, "cut"), s, whole, lab)
	if err != nil {
		t.Fatal("opened again:", err)
	}
	again.Close()
	for say, m := range map[string]baselines.Activation{"macs is 1": {MACs: 1}, "made otherwise": {MACs: 0.4},
		"at rank 1": {MACs: 0.001, Examples: 512}} {
		at := "cut"
		if say == "at rank 1" {
			at = "other"
		}
		if _, err := m.Train(t.Context(), filepath.Join(dir, at), s, whole, lab); err == nil ||
			!strings.Contains(err.Error(), say) {
			t.Errorf("%+v: error %v, want %q", m, err, say)
		}
	}
}
