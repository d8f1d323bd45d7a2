package train

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// stepGraph builds the graph of training and of measuring. Of its settings the graph depends on kinds, on what is
// zero, and on nothing that hyper holds.
type stepGraph struct {
	settings  runs.Settings
	network   *lod.Network
	task      *task.Task
	optimizer Optimizer
}

// inputs splits a step's inputs by what they are.
func (s stepGraph) inputs(all []*Node) (in stepInputs[*Node]) {
	in.split(all, len(s.task.Data.Train), len(s.task.Data.Constants), s.randoms())
	return in
}

// train is one optimizer step, of stepInputs. It returns the loss. With a full pass, the sampled ranks must be the
// alive ones in the layers before the program's first: what both passes have in common there is computed once.
func (s stepGraph) train(which program, all []*Node) []*Node {
	in := s.inputs(all)
	g, h := in.indices.Graph(), hyperNodes(in.numbers)
	batch := task.Batch{Columns: in.columns, Constants: in.constants, Indices: in.indices,
		Length: which.length}
	if len(in.drawn) > 0 {
		batch.Drawn = in.drawn[0]
	}
	example := s.task.Make(batch)
	var loss *Node
	if s.settings.FullPass {
		pass := s.trainingPass(in.alive, in.random)
		full := s.output(pass, example)
		soft := StopGradient(s.task.Loss.Soft(full, example.Target))
		part := s.output(s.network.PassFrom(which.first, pass, in.sampled), example)
		loss = Add(task.MeanLoss(s.task.Loss, full, example.Target), task.MeanLoss(s.task.Loss, part, soft))
	} else {
		loss = task.MeanLoss(s.task.Loss, s.output(s.trainingPass(in.sampled, in.random), example), example.Target)
	}
	if s.settings.LambdaGL > 0 {
		loss = Add(loss, Mul(h.lasso, s.network.Penalty(g, lod.Lasso(s.settings.Lasso))))
	}
	if s.settings.FrobeniusDecay > 0 {
		loss = Add(loss, Mul(h.frobenius, s.network.Frobenius(g)))
	}
	s.optimizer.Update(s.update(g, loss, h))
	return []*Node{loss}
}

// trainingPass is a pass that drops entries, where the network has dropout; one that goes on from it drops the same.
func (s stepGraph) trainingPass(ranks *Node, random []*Node) *lod.Pass {
	p := s.pass(ranks)
	for _, seedAndStep := range random {
		p.Random(seedAndStep)
	}
	return p
}

// setInputs splits the inputs of a graph that measures: a set's columns, the constants, the batch's indices and
// others.
func (s stepGraph) setInputs(all []*Node) (example task.Example, others []*Node) {
	columns, constants := len(s.task.Data.Train), len(s.task.Data.Constants)
	others = all[columns+constants+1:]
	return s.task.Make(task.Batch{Columns: all[:columns], Constants: all[columns : columns+constants],
		Indices: all[columns+constants]}), others
}

// recalibrate averages the statistics of batch norms over batches, this one being `number`, from 1. Its other inputs:
// the alive ranks int32 [layers], and number as a float32 scalar.
func (s stepGraph) recalibrate(_ *model.Scope, in []*Node) {
	example, others := s.setInputs(in)
	alive, number := others[0], others[1]
	s.output(s.pass(alive).Recalibrate(number), example)
}

// measure runs the network at the alive ranks on a batch and sums over its first `count` examples: it returns their
// loss and its weight, and the same of each metric that is not one of the loss. Its other inputs: the alive ranks and
// count, int32.
func (s stepGraph) measure(_ *model.Scope, in []*Node) (sums []*Node) {
	example, others := s.setInputs(in)
	alive, count := others[0], others[1]
	output := s.output(s.pass(alive).Eval(), example)
	batch := output.Shape().Dim(0)
	counts := LessThan(Iota(output.Graph(), shapes.Make(dtypes.Int32, batch), 0), count)
	add := func(each, weight *Node) {
		if weight == nil {
			weight = Ones(each.Graph(), shapes.Make(dtypes.Float32, batch))
		}
		for _, x := range []*Node{each, weight} {
			if x.DType() == dtypes.Bool {
				sums = append(sums, ReduceAllSum(ConvertDType(And(counts, x), dtypes.Int32)))
			} else {
				sums = append(sums, ReduceAllSum(Where(counts, x, ZerosLike(x))))
			}
		}
	}
	add(s.task.Loss.Each(output, example.Target))
	for _, m := range s.task.Metrics {
		if m.Of != nil {
			add(m.Of(output, example.Target))
		}
	}
	return sums
}
