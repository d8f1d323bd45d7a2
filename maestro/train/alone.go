package train

import (
	"fmt"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// Alone is a run's network without its data.
type Alone struct {
	Network *lod.Network // to be finalised by its store
	Config  runs.Config
	Epoch   int // that it is of
}

// OpenAlone reads the network of a run at the end of an epoch, where its newest whole checkpoint of one left it,
// without its data; net makes the network of config.yaml. Where that cannot be, since the statistics of batch norms
// are not in the checkpoint, it is a task.ErrNeedsData that says so.
func OpenAlone(backend compute.Backend, dir string, net func(runs.Config) (task.Net, error), o Options) (*Alone,
	error) {
	config, err := readConfig(dir, o.Own)
	if err != nil {
		return nil, err
	}
	it, err := net(config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	first := initial(config.Settings)
	first.Kind = lod.InitRandom
	n, err := lod.NewNetworkOf(backend, it.Model, it.Inputs, first)
	if err != nil {
		return nil, err
	}
	saved, err := loadCheckpoint(dir, runs.EpochEnds, n, o.warn)
	if err == nil && n.HasBatchNorms() && !saved.Recalibrated {
		err = fmt.Errorf("%w: the statistics of the batch norms of %s are averaged over training examples, and its "+
			"checkpoint has none", task.ErrNeedsData, dir)
	}
	if err != nil {
		n.Store().Finalize()
		return nil, err
	}
	return &Alone{Network: n, Config: config, Epoch: saved.Epoch}, nil
}

// Alone is the run's network at its current weights and ranks, with its batch norms recalibrated, and what
// config.yaml says of its data. It is the run's own.
func (r *Run) Alone() (*Alone, error) {
	if err := r.Recalibrate(); err != nil {
		return nil, err
	}
	return &Alone{Network: r.Network, Config: runs.Config{Settings: r.Settings, Data: dataConfig(r.task.Data)},
		Epoch: r.Epoch()}, nil
}
