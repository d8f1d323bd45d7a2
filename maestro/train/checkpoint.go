package train

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/safetensors"
)

// copied are the values of variables, by their paths without the first slash.
func copied(variables iter.Seq[*model.Variable]) (safetensors.File, error) {
	file := safetensors.File{Tensors: map[string]safetensors.Tensor{}}
	for v := range variables {
		if ofStep(v.Path()) {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return file, err
		}
		flat, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return file, fmt.Errorf("variable %s: %w", v.Path(), err)
		}
		file.Tensors[strings.TrimPrefix(v.Path(), "/")] = safetensors.Tensor{Shape: v.Shape().Dimensions, Data: flat}
	}
	return file, nil
}

// loadCheckpoint puts the newest whole checkpoint's variables into the network's store and returns its state. A
// damaged one is passed over with a word to warn.
func loadCheckpoint(run string, when runs.When, n *lod.Network, warn func(string)) (runs.State, error) {
	s, file, err := runs.NewestCheckpoint(run, when, warn)
	if err != nil {
		return s, err
	}
	return s, loadWeights(n, s.Layers, file)
}

// loadWeights replaces all of the network's variables and its layers' ranks.
func loadWeights(n *lod.Network, layers []lod.Layer, file safetensors.File) error {
	store := n.Store()
	if len(layers) != len(n.Layers) {
		return fmt.Errorf("the checkpoint is of another model: it has %d layers, this one %d", len(layers),
			len(n.Layers))
	}
	for i, l := range layers {
		now := n.Layers[i]
		if l.Name != now.Name || l.Outputs != now.Outputs || l.Inputs != now.Inputs || l.Kernel != now.Kernel {
			return fmt.Errorf("the checkpoint is of another model: its layer %d is %s, %d×%d, and this one's is %s, "+
				"%d×%d",
				i+1, l.Name, l.Outputs, l.Inputs, now.Name, now.Outputs, now.Inputs)
		}
	}
	trained := map[string]bool{} // all but what the optimizer and batch norms keep
	var order []string
	for v := range store.IterVariables() {
		name := strings.TrimPrefix(v.Path(), "/")
		trained[name], order = v.Trainable, append(order, name)
	}
	for _, name := range order {
		if err := store.DeleteVariable("/" + name); err != nil {
			return err
		}
	}
	for _, name := range creationOrder(order, file.Tensors) {
		t := file.Tensors[name]
		v, err := store.CreateVariable("/"+name, tensors.FromFlatDataAndDimensions(t.Data, t.Shape...))
		if err != nil {
			return err
		}
		was, known := trained[name]
		// unknown: a layer that is kept in another form now
		v.SetTrainable(was || !known && strings.HasPrefix(name, "model/"))
	}
	for i, l := range layers {
		n.Layers[i].Rank, n.Layers[i].Stored, n.Layers[i].Matrix = l.Rank, l.Stored, l.Matrix
	}
	return nil
}

// creationOrder lists the saved variables in the order in which training creates them: the network's, as model has
// them, then the optimizer's state of each. A program takes its variables in that order, so that a resumed run's is the
// one that the run compiled before.
func creationOrder(model []string, saved map[string]safetensors.Tensor) (order []string) {
	listed := map[string]bool{}
	add := func(name string) {
		if _, ok := saved[name]; ok && !listed[name] {
			order, listed[name] = append(order, name), true
		}
	}
	for _, name := range model {
		add(name)
	}
	rest := slices.Sorted(maps.Keys(saved))
	for _, name := range model {
		for _, other := range rest {
			if stateOf("/"+name, "/"+other) {
				add(other)
			}
		}
	}
	for _, name := range rest { // of layers that are kept in another form now
		add(name)
	}
	return order
}

func zeros(shape shapes.Shape) *tensors.Tensor { return tensors.FromShape(shape) }
