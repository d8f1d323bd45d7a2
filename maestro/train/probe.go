package train

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/task"
)

// Probe evaluates a run's network at ranks below its own on one large batch of training examples, with the batch norms'
// statistics of that batch. Ranks are inputs of the compiled graph, so a network that is tried costs no compilation.
type Probe struct {
	run     *Run
	indices *tensors.Tensor
	execs   map[[2]int]*model.Exec // by the layer candidates begin to differ from, and how many there are
}

// NewProbe draws the batch from the training split by a seed, without repeats; examples must be from 1 to as many as
// there are.
func (r *Run) NewProbe(examples int, seed uint64) (*Probe, error) {
	if n := r.Examples(); examples < 1 || examples > n {
		return nil, fmt.Errorf("examples is %d: it must be from 1 to %d, the number of training examples", examples, n)
	}
	order := EpochOrder(r.Examples(), seed, 0)
	return &Probe{run: r, indices: vector(order[:examples]), execs: map[[2]int]*model.Exec{}}, nil
}

// Losses returns the mean loss of each of the candidates, lists of a rank for every layer. In the layers before
// `first`, from 0 to their number, all of them must have the same ranks: those layers are computed once for all.
// There is one compilation for each `first` and number of candidates. No candidates, ranks that differ before
// `first`, or ranks that the network does not have are an error.
func (p *Probe) Losses(first int, candidates [][]int) ([]float64, error) {
	if err := p.check(first, candidates); err != nil {
		return nil, err
	}
	key := [2]int{first, len(candidates)}
	exec := p.execs[key]
	if exec == nil {
		var err error
		exec, err = model.NewExec(p.run.executor.backend, p.run.Network.Store(),
			func(_ *model.Scope, in []*Node) []*Node {
				return p.run.executor.graph.probe(first, in)
			})
		if err != nil {
			return nil, oneLine("building the evaluation of candidates", err)
		}
		p.execs[key] = exec
	}
	flat := make([]int32, 0, len(candidates)*len(p.run.Network.Layers))
	for _, ranks := range candidates {
		for _, rank := range ranks {
			flat = append(flat, int32(rank))
		}
	}
	ranks := tensors.FromFlatDataAndDimensions(flat, len(candidates), len(p.run.Network.Layers))
	defer free([]*tensors.Tensor{ranks})
	training := p.run.executor.training
	out, err := exec.Exec(training.with(p.indices, ranks)...)
	if err != nil {
		return nil, oneLine("evaluating candidates", err)
	}
	defer free(out)
	losses := make([]float64, len(candidates))
	for i, loss := range tensors.MustCopyFlatData[float32](out[0]) {
		losses[i] = float64(loss)
	}
	return losses, nil
}

// check is an error unless the network can run at the candidates, and they are the same before layer `first`.
func (p *Probe) check(first int, candidates [][]int) error {
	layers := p.run.Network.Layers
	switch {
	case len(candidates) == 0:
		return errors.New("there are no candidates to evaluate")
	case first < 0 || first > len(layers):
		return fmt.Errorf("candidates differ from layer %d on: it must be from 0 to %d", first, len(layers))
	}
	for _, ranks := range candidates {
		if err := p.run.within(ranks); err != nil {
			return err
		}
		for i, rank := range ranks[:first] {
			if want := candidates[0][i]; rank != want {
				return fmt.Errorf("layer %s: candidates have ranks %d and %d, and must not differ before layer %d",
					layers[i].Name, want, rank, first)
			}
		}
	}
	return nil
}

// Discard drops the compiled graphs, which no longer fit the network once it is cut.
func (p *Probe) Discard() {
	for key, e := range p.execs {
		e.Finalize()
		delete(p.execs, key)
	}
}

// Close frees what the probe holds on the device.
func (p *Probe) Close() {
	p.Discard()
	free([]*tensors.Tensor{p.indices})
}

// probe returns the losses [candidates] at the ranks int32 [candidates, layers], which are the same before layer
// `first`. Its other inputs are those of setInputs.
func (s stepGraph) probe(first int, in []*Node) []*Node {
	example, others := s.setInputs(in)
	ranks := others[0]
	var losses []*Node
	var shared *lod.Pass
	for i := range ranks.Shape().Dim(0) {
		own := Reshape(Slice(ranks, AxisElem(i)), -1)
		pass := s.network.Pass(own)
		if i > 0 {
			pass = s.network.PassFrom(first, shared, own)
		}
		losses = append(losses, task.MeanLoss(s.task.Loss, s.network.Apply(pass, example.Inputs...), example.Target))
		if i == 0 {
			shared = pass
		}
	}
	return []*Node{Stack(losses, 0)}
}

// SetRanks lowers the ranks the network runs at, one for each layer and none above what is stored; the columns beyond
// are masked. What is measured next is measured at them. The run's folder is not changed.
func (r *Run) SetRanks(ranks []int) error {
	if err := r.within(ranks); err != nil {
		return err
	}
	for i := range r.Network.Layers {
		if l := &r.Network.Layers[i]; !l.Matrix && l.Rank != ranks[i] {
			l.Rank, r.executor.recalibrated = ranks[i], false
		}
	}
	return nil
}

// within is an error that names the first of the ranks that the network cannot run at.
func (r *Run) within(ranks []int) error {
	if len(ranks) != len(r.Network.Layers) {
		return fmt.Errorf("%d ranks for %d layers", len(ranks), len(r.Network.Layers))
	}
	for i, l := range r.Network.Layers {
		if !l.Matrix && (ranks[i] < 0 || ranks[i] > l.Stored) {
			return fmt.Errorf("layer %s: rank %d is not between 0 and the %d columns that are stored", l.Name, ranks[i],
				l.Stored)
		}
	}
	return nil
}

// Cut takes the masked columns out of the weights for real; graphs are compiled anew when they are next needed.
func (r *Run) Cut() error {
	r.executor.discard()
	return r.Network.Cut(optimizerState(r.Network.Store()))
}

// Backend is where the run computes.
func (r *Run) Backend() compute.Backend { return r.executor.backend }

// Device names what the run computes on, as config.yaml does.
func (r *Run) Device() string { return deviceName(r.executor.backend) }

// Own are the values that the run was given in place of those that its settings name.
func (r *Run) Own() Own { return r.options.Own }

// Task is what the run learns.
func (r *Run) Task() *task.Task { return r.task }

// Examples is how many examples the training split has.
func (r *Run) Examples() int { return r.task.Data.Train.Len() }

// Sibling opens the run in another folder that was trained on the same data.
func (r *Run) Sibling(dir string) (*Run, error) {
	return Open(r.executor.backend, dir, r.task, r.options)
}
