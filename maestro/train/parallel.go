package train

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/task"
)

// parallel spreads training steps over several devices of one machine. Every device holds the weights, the
// optimizer's state and the training examples, and computes its share of each batch. XLA's partitioner puts the sums
// between devices where the program needs them, so that a step is the one of the whole batch: its loss, its
// gradients, and the statistics of its batch norms. Measuring stays on the first device.
type parallel struct {
	mesh   *distributed.DeviceMesh // one object for all programs, which compare it by its address
	whole  *distributed.ShardingSpec
	share  *distributed.ShardingSpec // of a vector over the batch
	copies []deviceSet               // of the training split, on the devices after the first
}

// batchAxis is the mesh's only axis.
const batchAxis = "batch"

// newParallel copies the training split to all devices but the first; it is nil for one device.
func newParallel(backend compute.Backend, devices, batch int, d *task.Data) (*parallel, error) {
	if devices < 0 {
		return nil, fmt.Errorf("devices is %d: it must be at least 1", devices)
	}
	if devices <= 1 {
		return nil, nil
	}
	if n := backend.NumDevices(); devices > n {
		return nil, fmt.Errorf("devices is %d, but the backend %s has %d", devices, backend.Name(), n)
	}
	if batch%devices != 0 {
		return nil, fmt.Errorf("batch is %d, which %d devices cannot share evenly: make it a multiple of %d", batch,
			devices, devices)
	}
	mesh, err := distributed.NewDeviceMesh([]int{devices}, []string{batchAxis})
	if err != nil {
		return nil, oneLine("spreading over devices", err)
	}
	share, err := distributed.BuildSpec(mesh).S(batchAxis).Done()
	if err != nil {
		return nil, oneLine("spreading over devices", err)
	}
	p := &parallel{mesh: mesh, whole: distributed.NewReplicatedShardingSpec(mesh), share: share}
	for range devices - 1 {
		p.copies = append(p.copies, newDeviceSet(d.Train, d.Constants))
	}
	return p, nil
}

// devices is how many there are; 0 for one, as in a run's config.
func (p *parallel) devices() int {
	if p == nil {
		return 0
	}
	return p.mesh.NumDevices()
}

func (p *parallel) free() {
	if p == nil {
		return
	}
	for _, c := range p.copies {
		c.free()
	}
}

// spread makes a training step a program over all devices: of its inputs only the batch's indices are shared out, and
// all it returns is the same on each.
func (m *executor) spread(step *model.Exec) *model.Exec {
	if p := m.parallel; p != nil {
		in := stepInputs[*distributed.ShardingSpec]{indices: p.share, sampled: p.whole, alive: p.whole,
			numbers: p.whole}
		for range m.training.columns {
			in.columns = append(in.columns, p.whole)
		}
		for range m.training.constants {
			in.constants = append(in.constants, p.whole)
		}
		if m.graph.task.Augment.Draw != nil {
			in.drawn = append(in.drawn, p.whole)
		}
		for range m.graph.randoms() {
			in.random = append(in.random, p.whole)
		}
		var specs []*distributed.ShardingSpec
		for _, s := range in.list() {
			specs = append(specs, s.(*distributed.ShardingSpec))
		}
		step.AutoSharding(p.mesh).WithInputShardingSpecs(specs...).WithOutputShardingSpecs(p.whole)
	}
	return step
}

// shares are the batch's indices, a slice for each device.
func (m *executor) shares(indices []int32) (shares [][]int32) {
	n := max(1, m.parallel.devices())
	for d := range n {
		shares = append(shares, indices[d*len(indices)/n:(d+1)*len(indices)/n])
	}
	return shares
}

// exec runs a training step on the training split and the other inputs, which are given for each device.
func (m *executor) exec(step *model.Exec, devices []stepInputs[*tensors.Tensor]) ([]*tensors.Tensor, error) {
	sets := []deviceSet{m.training}
	if m.parallel != nil {
		sets = append(sets, m.parallel.copies...)
	}
	var inputs []any
	for d, in := range devices {
		in.columns, in.constants = sets[d].columns, sets[d].constants
		inputs = append(inputs, in.list()...)
	}
	return step.Exec(inputs...)
}

// sameDevices sets the number of devices to what the run in a folder was started with where none is asked for, and
// warns where another is.
func (o *Options) sameDevices(dir string) error {
	config, err := readConfig(dir, o.Own)
	if err != nil {
		return err
	}
	started := max(1, config.Devices)
	switch {
	case o.Devices == 0:
		o.Devices = started
	case o.Devices != started:
		o.warn(fmt.Sprintf("the run was started on %d device(s) and goes on with %d: it will differ by rounding "+
			"from one that was not interrupted", started, o.Devices))
	}
	return nil
}
