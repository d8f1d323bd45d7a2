package train

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// measureBatch is how many examples are measured at a time, at most.
const measureBatch = 1000

// machine holds the compiled graphs and the data on the device. The graphs are compiled when they are first needed, and
// again after discard.
type machine struct {
	backend  compute.Backend
	graph    stepGraph
	train    map[int]*model.Exec // by the layer from which on the sampled pass is computed apart from the full one
	firsts   []int               // those layers
	ran      map[int]bool        // which of them did a step, and so are compiled
	gathers  *model.Exec
	measures *model.Exec
	gathered bool // the batch norms' statistics are those of today's weights and ranks
	training deviceSet
	parallel *parallel // nil on one device
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

func newMachine(backend compute.Backend, s runs.Settings, n *lod.Network, t *task.Task, o Optimizer) *machine {
	return &machine{
		backend:  backend,
		graph:    stepGraph{settings: s, network: n, task: t, optimizer: o},
		training: newDeviceSet(t.Data.Train, t.Data.Constants),
	}
}

func (m *machine) close() {
	m.discard()
	m.training.free()
	m.parallel.free()
}

// discard drops the compiled graphs; the weights are about to change their shapes.
func (m *machine) discard() {
	for _, e := range m.train {
		e.Finalize()
	}
	for _, e := range []*model.Exec{m.gathers, m.measures} {
		if e != nil {
			e.Finalize()
		}
	}
	m.train, m.firsts, m.ran, m.gathers, m.measures, m.gathered = nil, nil, nil, nil, nil, false
}

// stepAt is what a step depends on beside its examples and ranks.
type stepAt struct {
	number int // of the step in the run, from 1
	begun  int // steps of the run before the optimiser's variables began
	rate   float64
}

// step takes one optimizer step and returns the loss.
func (m *machine) step(indices []int32, draw lod.Draw, alive []int32, at stepAt) (float64, error) {
	m.gathered = false
	train, err := m.stepFor(draw)
	if err != nil {
		return 0, err
	}
	var drawn []int32
	augment := m.graph.task.Augment
	if augment.Draw != nil {
		drawn = augment.Draw(len(indices), m.graph.settings.Seed, at.number)
	}
	var devices []stepInputs[*tensors.Tensor]
	var small []*tensors.Tensor
	for _, share := range m.shares(indices) {
		in := stepInputs[*tensors.Tensor]{indices: vector(share), sampled: vector(draw.Ranks), alive: vector(alive),
			numbers: hyperTensor(m.graph.at(at))}
		if drawn != nil {
			in.drawn = []*tensors.Tensor{tensors.FromFlatDataAndDimensions(drawn, len(indices), augment.Width)}
		}
		devices = append(devices, in)
		small = append(append(small, in.indices, in.sampled, in.alive, in.numbers), in.drawn...)
	}
	defer free(small)
	out, err := m.exec(train, devices)
	if err != nil {
		return 0, oneLine("the training step", err)
	}
	m.ran[m.firstFor(draw)] = true
	defer free(out)
	return float64(tensors.ToScalar[float32](out[0])), nil
}

// compiled says whether a step at these ranks needs no compilation.
func (m *machine) compiled(draw lod.Draw) bool { return m.ran[m.firstFor(draw)] }

// mostSteps is into how many compiled steps training with a full pass may be split.
const mostSteps = 4

// stepFor is the compiled step that shares the most between the two passes at these ranks; without a full pass there is one.
func (m *machine) stepFor(draw lod.Draw) (*model.Exec, error) {
	first := m.firstFor(draw)
	if m.train == nil {
		m.train, m.ran = map[int]*model.Exec{}, map[int]bool{}
	}
	if m.train[first] == nil {
		step, err := model.NewExec(m.backend, m.graph.network.Store(), func(_ *model.Scope, in []*Node) []*Node { return m.graph.train(first, in) })
		if err != nil {
			return nil, oneLine("building the training step", err)
		}
		m.train[first] = m.spread(step)
	}
	return m.train[first], nil
}

// firstFor is the layer that the sampled pass of that step begins at.
func (m *machine) firstFor(draw lod.Draw) int {
	if m.firsts == nil {
		m.firsts = []int{0}
		if m.graph.settings.FullPass {
			m.firsts = lod.Prefixes(m.graph.network.Layers, mostSteps)
		}
	}
	return lod.LastPrefix(m.firsts, draw.First)
}

// defaultNormExamples is how many examples the statistics of batch norms are averaged over.
const defaultNormExamples = 10_000

// gather averages the statistics of the network's batch norms at its current ranks over the first training examples.
func (m *machine) gather() (err error) {
	if m.gathered || !m.graph.network.HasNorms() {
		return nil
	}
	if m.gathers == nil {
		if m.gathers, err = model.NewExec(m.backend, m.graph.network.Store(), m.graph.gather); err != nil {
			return oneLine("building the averages of batch norms", err)
		}
	}
	batch, examples := m.graph.settings.Batch, cmp.Or(m.graph.settings.NormExamples, defaultNormExamples)
	batches := max(1, min(examples, m.graph.task.Data.Train.Len())/batch)
	alive := vector(ranks32(m.graph.network))
	defer free([]*tensors.Tensor{alive})
	indices := make([]int32, batch)
	for b := range batches {
		for i := range indices {
			indices[i] = int32(b*batch + i)
		}
		small := []*tensors.Tensor{vector(indices), tensors.FromScalar(float32(b + 1))}
		_, err := m.gathers.Exec(m.training.with(small[0], alive, small[1])...)
		free(small)
		if err != nil {
			return oneLine("averaging batch norms", err)
		}
	}
	m.gathered = true
	return nil
}

// measure runs the network at its current ranks over a whole set.
func (m *machine) measure(s task.Set) (measured, error) {
	err := m.gather()
	if err != nil {
		return measured{}, err
	}
	if m.measures == nil {
		if m.measures, err = model.NewExec(m.backend, m.graph.network.Store(), m.graph.measure); err != nil {
			return measured{}, oneLine("building the measurement", err)
		}
	}
	set := newDeviceSet(s, m.graph.task.Data.Constants)
	defer set.free()
	var sums []float64
	indices := make([]int32, min(measureBatch, s.Len())) // each program is for one set as it is
	for first := 0; first < s.Len(); first += measureBatch {
		n := min(measureBatch, s.Len()-first)
		for i := range indices {
			indices[i] = int32(first + i%n)
		}
		small := []*tensors.Tensor{vector(indices), vector(ranks32(m.graph.network)), tensors.FromScalar(int32(n))}
		out, err := m.measures.Exec(set.with(small...)...)
		free(small)
		if err != nil {
			return measured{}, oneLine("the measurement", err)
		}
		if sums == nil {
			sums = make([]float64, len(out))
		}
		for i, t := range out {
			sums[i] += scalar(t)
		}
		free(out)
	}
	return finish(m.graph.task, sums, s.Len()), nil
}

// measured is a split's.
type measured struct {
	runs.Measured
	metrics []runs.Metric // without an epoch and a split
}

// rows are the metrics as those of a split at the end of an epoch.
func (m measured) rows(epoch int, split string) (rows []runs.Metric) {
	for _, metric := range m.metrics {
		metric.Epoch, metric.Split = epoch, split
		rows = append(rows, metric)
	}
	return rows
}

// finish makes the metrics of the sums that a measuring graph gave over all examples.
func finish(t *task.Task, sums []float64, examples int) (all measured) {
	all.Measured = runs.Measured{Loss: sums[0] / sums[1], Accuracy: math.NaN(), Examples: examples}
	next := 2
	for _, m := range t.Metrics {
		sum, weight := sums[0], sums[1]
		if m.Of != nil {
			sum, weight, next = sums[next], sums[next+1], next+2
		}
		if value := m.Final(sum, weight); m.Name == task.Accuracy {
			all.Accuracy = value
		} else {
			all.metrics = append(all.metrics, runs.Metric{Name: m.Name, Value: value})
		}
	}
	return all
}

// scalar is a number of either type that sums have.
func scalar(t *tensors.Tensor) float64 {
	if t.DType() == dtypes.Int32 {
		return float64(tensors.ToScalar[int32](t))
	}
	return float64(tensors.ToScalar[float32](t))
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
