package train

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
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
	splits   *data.Splits
	training deviceSet
	parallel *parallel // nil on one device
}

// deviceSet is a set whose examples stay on the device.
type deviceSet struct {
	images *tensors.Tensor // uint8 [n, height·width·channels]
	labels *tensors.Tensor // int32 [n]
	pixels *tensors.Tensor // float32 [2, channels]: the scale and the shift that normalise pixels
}

// newDeviceSet puts a set of the splits on the device. What normalises it is an input of programs, since it is measured on
// the training split: so runs that differ by the seed of the split share a program.
func newDeviceSet(s data.Set, splits *data.Splits) deviceSet {
	channels := len(splits.Mean)
	pixels := make([]float32, 2*channels)
	for c := range channels {
		pixels[c], pixels[channels+c] = float32(1/(255*splits.Std[c])), float32(splits.Mean[c]/splits.Std[c])
	}
	return deviceSet{
		images: tensors.FromFlatDataAndDimensions(s.Images, s.Len(), s.Height*s.Width*s.Channels),
		labels: tensors.FromFlatDataAndDimensions(s.Labels, s.Len()),
		pixels: tensors.FromFlatDataAndDimensions(pixels, 2, channels),
	}
}

func (d deviceSet) free() {
	_ = d.images.FinalizeAll()
	_ = d.labels.FinalizeAll()
	_ = d.pixels.FinalizeAll()
}

func newMachine(backend compute.Backend, s runs.Settings, n *lod.Network, splits *data.Splits) *machine {
	set := splits.Train
	return &machine{
		backend:  backend,
		splits:   splits,
		graph:    stepGraph{settings: s, network: n, image: [3]int{set.Height, set.Width, set.Channels}},
		training: newDeviceSet(set, splits),
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

// step takes one optimiser step and returns the loss.
func (m *machine) step(indices, sampled, alive []int32, at stepAt) (float64, error) {
	m.gathered = false
	train, err := m.stepFor(sampled, alive)
	if err != nil {
		return 0, err
	}
	var small []*tensors.Tensor
	var moves []int32
	if s := m.graph.settings; s.Augment == CropFlip {
		moves = data.Moves(len(indices), cropPadding, s.Seed, at.number)
	}
	for _, share := range m.shares(indices) {
		small = append(small, vector(share), vector(sampled), vector(alive), hyperTensor(hyperAt(m.graph.settings, at)))
		if moves != nil {
			small = append(small, tensors.FromFlatDataAndDimensions(moves, len(indices), 3))
		}
	}
	defer free(small)
	out, err := m.exec(train, small)
	if err != nil {
		return 0, oneLine("the training step", err)
	}
	m.ran[m.firstFor(sampled, alive)] = true
	defer free(out)
	return float64(tensors.ToScalar[float32](out[0])), nil
}

// compiled says whether a step at these ranks needs no compilation.
func (m *machine) compiled(sampled, alive []int32) bool { return m.ran[m.firstFor(sampled, alive)] }

// mostSteps is into how many compiled steps training with a full pass may be split.
const mostSteps = 4

// stepFor is the compiled step that shares the most between the two passes at these ranks; without a full pass there is one.
func (m *machine) stepFor(sampled, alive []int32) (*model.Exec, error) {
	first := m.firstFor(sampled, alive)
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
func (m *machine) firstFor(sampled, alive []int32) int {
	if m.firsts == nil {
		m.firsts = []int{0}
		if m.graph.settings.FullPass {
			m.firsts = lod.Prefixes(m.graph.network.Layers, mostSteps)
		}
	}
	same := 0
	for same < len(alive) && sampled[same] == alive[same] {
		same++
	}
	return lod.LastPrefix(m.firsts, same)
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
	batches := max(1, min(examples, m.training.labels.Shape().Dim(0))/batch)
	alive := vector(ranks32(m.graph.network))
	defer free([]*tensors.Tensor{alive})
	indices := make([]int32, batch)
	for b := range batches {
		for i := range indices {
			indices[i] = int32(b*batch + i)
		}
		small := []*tensors.Tensor{vector(indices), tensors.FromScalar(float32(b + 1))}
		_, err := m.gathers.Exec(m.training.images, m.training.labels, m.training.pixels, small[0], alive, small[1])
		free(small)
		if err != nil {
			return oneLine("averaging batch norms", err)
		}
	}
	m.gathered = true
	return nil
}

// measure runs the network at its current ranks over a whole set.
func (m *machine) measure(s data.Set) (runs.Measured, error) {
	err := m.gather()
	if err != nil {
		return runs.Measured{}, err
	}
	if m.measures == nil {
		if m.measures, err = model.NewExec(m.backend, m.graph.network.Store(), m.graph.measure); err != nil {
			return runs.Measured{}, oneLine("building the measurement", err)
		}
	}
	set := newDeviceSet(s, m.splits)
	defer set.free()
	right, loss := 0, 0.0
	indices := make([]int32, min(measureBatch, s.Len())) // each program is for one set as it is
	for first := 0; first < s.Len(); first += measureBatch {
		n := min(measureBatch, s.Len()-first)
		for i := range indices {
			indices[i] = int32(first + i%n)
		}
		small := []*tensors.Tensor{vector(indices), vector(ranks32(m.graph.network)), tensors.FromScalar(int32(n))}
		out, err := m.measures.Exec(set.images, set.labels, set.pixels, small[0], small[1], small[2])
		free(small)
		if err != nil {
			return runs.Measured{}, oneLine("the measurement", err)
		}
		right += int(tensors.ToScalar[int32](out[0]))
		loss += float64(tensors.ToScalar[float32](out[1]))
		free(out)
	}
	n := float64(s.Len())
	return runs.Measured{Loss: loss / n, Accuracy: 100 * float64(right) / n, Examples: s.Len()}, nil
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
