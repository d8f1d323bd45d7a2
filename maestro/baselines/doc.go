// Package baselines holds what Maestro is compared with, each a trial.Method on the same loop, data and run folders:
// the non-factorised network, its singular value decomposition, Pufferfish and Cuttlefish.
package baselines

import (
	"fmt"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// warmDir is where, in its own folder, a run keeps the network that it trained whole first.
func warmDir(dir string) string { return runs.Inside(dir, runs.Warm) }

// made refuses the run in a folder unless its config.yaml says that it was made in the way of the note.
func made(dir, note string) error {
	config, err := runs.ReadConfig(dir)
	if err != nil {
		return err
	}
	if config.From.Note != note {
		return fmt.Errorf("%s holds a run that was made otherwise (%q, now %q): name another folder, or remove it", dir,
			config.From.String(), note)
	}
	return nil
}

// Keep says which layers a baseline leaves as one matrix.
type Keep struct {
	First, Last int  // so many from the first on, and from the last back
	Pointwise   bool // the 1×1 convolutions, such as a ResNet's shortcuts
}

func (k Keep) check(method string) error {
	if k.First < 0 || k.Last < 0 {
		return fmt.Errorf("%s: keep %d first and %d last layers: both count layers", method, k.First, k.Last)
	}
	return nil
}

func (k Keep) String() string {
	text := fmt.Sprintf("whole: the first %d and the last %d", k.First, k.Last)
	if k.Pointwise {
		text += ", 1×1"
	}
	return text
}

func (k Keep) keeps(layers []lod.Layer, i int) bool {
	return layers[i].Kept || i < k.First || i >= len(layers)-k.Last || k.Pointwise && layers[i].Kernel == 1
}

// factorise puts the layers that are not kept into two factors of the rank that rank gives for each, by the singular
// value decomposition. Layers that are no smaller so stay one matrix.
func factorise(n *lod.Network, keep Keep, rank func(layer int) int) error {
	for i, l := range n.Layers {
		if r := rank(i); !keep.keeps(n.Layers, i) && r*(l.Outputs+l.Inputs) < l.Outputs*l.Inputs {
			if err := n.Factorise(i, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// share is a part of a layer's full rank, rounded up.
func share(l lod.Layer, part float64) int {
	return min(l.Full(), max(1, int(part*float64(l.Full())+0.999)))
}
