package runs

import (
	"path"
	"strings"

	"github.com/maestro-lod/notebook/maestro/lod/layer"
	"github.com/maestro-lod/notebook/maestro/safetensors"
)

// Weights are the variables of the newest whole checkpoint by their names, such as model/fc1/u [outputs, rank],
// with the optimizer's under optimizer/.
func (r *Run) Weights() (map[string]safetensors.Tensor, error) {
	_, file, err := r.checkpoint()
	return file.Tensors, err
}

// checkpoint reads the newest whole one at an epoch's end.
func (r *Run) checkpoint() (State, safetensors.File, error) {
	return NewestCheckpoint(r.Dir, EpochEnds, func(string) {})
}

// Layers are the network's layers at its newest whole checkpoint.
func (r *Run) Layers() ([]layer.Layer, error) {
	s, _, err := r.checkpoint()
	return s.Layers, err
}

// BeganAnew is true of a run from another's weights whose epochs count from 0, and false of one that goes on along
// the other's schedule, with the other's rows in its tables.
func (r *Run) BeganAnew() (bool, error) {
	s, _, err := r.checkpoint()
	return s.OptimizerStart == 0, err
}

// Parameters is the number of trainable values of the network as it would be deployed at its newest whole checkpoint:
// weights, biases, and the scales and offsets of batch norms.
func (r *Run) Parameters() (count int64, err error) {
	s, file, err := r.checkpoint()
	for _, l := range s.Layers {
		count += l.Deployed().Weights
	}
	for name, t := range file.Tensors {
		switch last := path.Base(name); {
		case !strings.HasPrefix(name, "model/"), last == "u", last == "v", last == "matrix", last == "mean",
			last == "variance":
		default:
			count += int64(len(t.Data))
		}
	}
	return count, err
}
