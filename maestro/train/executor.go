package train

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// executor holds the compiled graphs and the data on the device. The graphs are compiled when they are first needed,
// and again after discard.
type executor struct {
	backend       compute.Backend
	graph         stepGraph
	train         map[program]*model.Exec
	splits        []int            // the layers that programs begin the sampled pass at
	ran           map[program]bool // which of them did a step, and so are compiled
	recalibration *model.Exec
	measures      *model.Exec
	recalibrated  bool // the batch norms' statistics are those of today's weights and ranks
	training      deviceSet
	parallel      *parallel // nil on one device
}

// program says which of the compiled steps one is.
type program struct {
	first  int // the layer from which on the sampled pass is computed by itself
	length int // of its batches
}

// deviceSet is a set whose examples stay on the device, with the data's constants.
type deviceSet struct{ columns, constants []*tensors.Tensor }

func newDeviceSet(s task.Set, constants []task.Column) (d deviceSet) {
	for _, c := range s {
		d.columns = append(d.columns, c.Tensor())
	}
	for _, c := range constants {
		d.constants = append(d.constants, c.Tensor())
	}
	return d
}

func (d deviceSet) free() {
	free(d.columns)
	free(d.constants)
}

// with are the inputs of a program on the set and others.
func (d deviceSet) with(others ...*tensors.Tensor) (all []any) {
	for _, group := range [][]*tensors.Tensor{d.columns, d.constants, others} {
		for _, t := range group {
			all = append(all, t)
		}
	}
	return all
}

func newExecutor(backend compute.Backend, s runs.Settings, n *lod.Network, t *task.Task, o Optimizer) *executor {
	return &executor{
		backend:  backend,
		graph:    stepGraph{settings: s, network: n, task: t, optimizer: o},
		training: newDeviceSet(t.Data.Train, t.Data.Constants),
	}
}

func (m *executor) close() {
	m.discard()
	m.training.free()
	m.parallel.free()
}

// discard drops the compiled graphs; the weights are about to change their shapes.
func (m *executor) discard() {
	for _, e := range m.train {
		e.Finalize()
	}
	for _, e := range []*model.Exec{m.recalibration, m.measures} {
		if e != nil {
			e.Finalize()
		}
	}
	m.train, m.splits, m.ran, m.recalibration, m.measures, m.recalibrated = nil, nil, nil, nil, nil, false
}

// stepAt is what a step depends on beside its examples and ranks.
type stepAt struct {
	number         int // of the step in the run, from 1
	optimizerStart int // steps of the run before the optimizer's variables began
	rate           float64
}

// step takes one optimizer step and returns the loss.
func (m *executor) step(b batch, draw lod.Draw, alive []int32, at stepAt) (float64, error) {
	m.recalibrated = false
	which := m.programFor(b, draw)
	train, err := m.stepFor(which)
	if err != nil {
		return 0, err
	}
	var drawn []int32
	augment := m.graph.task.Augment
	if augment.Draw != nil {
		drawn = augment.Draw(len(b.examples), m.graph.settings.Seed, at.number)
	}
	var devices []stepInputs[*tensors.Tensor]
	var small []*tensors.Tensor
	for _, share := range m.shares(b.examples) {
		in := stepInputs[*tensors.Tensor]{indices: vector(share), sampled: vector(draw.Ranks), alive: vector(alive),
			numbers: hyperTensor(m.graph.at(at)), random: m.graph.random(at)}
		if drawn != nil {
			in.drawn = []*tensors.Tensor{tensors.FromFlatDataAndDimensions(drawn, len(b.examples), augment.Width)}
		}
		devices = append(devices, in)
		small = slices.Concat(small, []*tensors.Tensor{in.indices, in.sampled, in.alive, in.numbers}, in.drawn,
			in.random)
	}
	defer free(small)
	out, err := m.exec(train, devices)
	if err != nil {
		return 0, oneLine("the training step", err)
	}
	m.ran[which] = true
	defer free(out)
	return float64(tensors.ToScalar[float32](out[0])), nil
}

// compiled says whether a step on a batch at these ranks needs no compilation.
func (m *executor) compiled(b batch, draw lod.Draw) bool { return m.ran[m.programFor(b, draw)] }

// mostSteps is into how many compiled steps training with a full pass may be split, over all lengths of batches.
const mostSteps = 4

// stepFor is a compiled step.
func (m *executor) stepFor(which program) (*model.Exec, error) {
	if m.train == nil {
		m.train, m.ran = map[program]*model.Exec{}, map[program]bool{}
	}
	if m.train[which] == nil {
		step, err := model.NewExec(m.backend, m.graph.network.Store(),
			func(_ *model.Scope, in []*Node) []*Node { return m.graph.train(which, in) })
		if err != nil {
			return nil, oneLine("building the training step", err)
		}
		m.train[which] = m.spread(step)
	}
	return m.train[which], nil
}

// programFor is the step that shares the most between the two passes at these ranks; without a full pass there is one
// for each length.
func (m *executor) programFor(b batch, draw lod.Draw) program {
	if m.splits == nil {
		m.splits = []int{0}
		if m.graph.settings.FullPass {
			m.splits = lod.Prefixes(m.graph.network.Layers, max(1, mostSteps/max(1, len(m.graph.task.Buckets.Lengths))))
		}
	}
	return program{lod.LastPrefix(m.splits, draw.First), b.length}
}

// free gives tensors' memory back at once: it lies outside of what Go's collector sees and counts.
func free(ts []*tensors.Tensor) {
	for _, t := range ts {
		_ = t.FinalizeAll()
	}
}

func vector(values []int32) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(values, len(values))
}

// oneLine keeps the first line of GoMLX's errors, which carry their stacks.
func oneLine(what string, err error) error {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("%s: %s", what, line)
}
