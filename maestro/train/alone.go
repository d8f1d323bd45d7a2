package train

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// ErrNeedsData is that of a run whose network cannot be had whole without the data it was trained on.
var ErrNeedsData = errors.New("the data are needed")

// Alone is a run's network without its data.
type Alone struct {
	Network *lod.Network // to be finalised by its store
	Config  runs.Config
	Epoch   int // that it is of
}

// OpenAlone reads a run's network at the end of an epoch, where its newest whole checkpoint of one left it, without its
// data. Where that cannot be, since the statistics of batch norms are not in the checkpoint, or the form of the data not in
// config.yaml, it is an ErrNeedsData that says so.
func OpenAlone(backend compute.Backend, dir string, o Options) (*Alone, error) {
	config, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	d := config.Data
	if d.Classes == 0 {
		return nil, fmt.Errorf("%w: config.yaml of %s, of an older version, does not tell their form", ErrNeedsData, dir)
	}
	model, start, err := network(config.Settings, d.Classes)
	if err != nil {
		return nil, err
	}
	start.Kind = lod.StartRandom
	n, err := lod.NewNetwork(backend, model, shapes.Make(dtypes.Float32, 1, d.Image[0], d.Image[1], d.Image[2]), start)
	if err != nil {
		return nil, err
	}
	saved, err := loadCheckpoint(dir, runs.EpochEnds, n, o.warn)
	if err == nil && n.HasNorms() && !saved.Gathered {
		err = fmt.Errorf("%w: the statistics of the batch norms of %s are averaged over training examples, and its checkpoint has none", ErrNeedsData, dir)
	}
	if err != nil {
		n.Store().Finalize()
		return nil, err
	}
	return &Alone{Network: n, Config: config, Epoch: saved.Epoch}, nil
}

// Alone is the run's network at its current weights and ranks, with its batch norms' statistics gathered, and what
// config.yaml says of its data. It is the run's own.
func (r *Run) Alone() (*Alone, error) {
	if err := r.Gather(); err != nil {
		return nil, err
	}
	return &Alone{Network: r.Network, Config: runs.Config{Settings: r.Settings, Data: dataConfig(r.splits)}, Epoch: r.Epoch()}, nil
}
