package train

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// stepInputs are what a training step takes: tensors where it is run, nodes where its graph is built.
type stepInputs[T any] struct {
	columns   []T // of the training split, [examples, …]
	constants []T // of the data
	indices   T   // of the batch's examples, int32 [batch]
	sampled   T   // ranks, int32 [layers]
	alive     T   // the current ranks, int32 [layers]
	numbers   T   // float32 [4 + the optimizer's], which hyperNodes splits
	drawn     []T // the one of the numbers that augment the batch, int32 [batch, k]; none without augmentation
	random    []T // the one that dropout draws from, uint64 [2]: the seed and the step; none without dropout
}

// list has them in the order in which the step takes them.
func (in stepInputs[T]) list() (all []any) {
	for _, group := range [][]T{in.columns, in.constants, {in.indices, in.sampled, in.alive, in.numbers}, in.drawn,
		in.random} {
		for _, one := range group {
			all = append(all, one)
		}
	}
	return all
}

// split is the inverse of list, for so many columns, constants and inputs of dropout.
func (in *stepInputs[T]) split(all []T, columns, constants, random int) {
	in.columns, all = all[:columns], all[columns:]
	in.constants, all = all[:constants], all[constants:]
	in.indices, in.sampled, in.alive, in.numbers = all[0], all[1], all[2], all[3]
	last := len(all) - random
	in.drawn, in.random = all[4:last], all[last:]
}

// hyper are the numbers that a training step takes at run time, so that runs which differ by them alone share one
// compiled program: those of a sweep over λ_gl compile once on a machine. Whether one is zero is another matter: a
// step without weight decay, lasso or momentum is compiled without that term.
type hyper[T any] struct {
	rate, number     T   // the learning rate, and the number of the optimizer's step, from 1
	lasso, frobenius T   // the weights of the penalties
	optimizer        []T // the optimizer's own
}

// hyperTensor is the step's input float32 [4 + the optimizer's].
func hyperTensor(h hyper[float32]) *tensors.Tensor {
	values := append([]float32{h.rate, h.number, h.lasso, h.frobenius}, h.optimizer...)
	return tensors.FromFlatDataAndDimensions(values, len(values))
}

// hyperNodes splits that input into scalars.
func hyperNodes(input *Node) (h hyper[*Node]) {
	at := func(i int) *Node { return Reshape(Slice(input, AxisElem(i))) }
	h = hyper[*Node]{rate: at(0), number: at(1), lasso: at(2), frobenius: at(3)}
	for i := 4; i < input.Shape().Dim(0); i++ {
		h.optimizer = append(h.optimizer, at(i))
	}
	return h
}

// randoms is how many inputs of a step dropout takes.
func (s stepGraph) randoms() int {
	if s.network.HasDropout() {
		return 1
	}
	return 0
}

// random is that input: what is dropped depends on the run's seed and the number of the step in the run alone, so that
// a resumed run drops what an uninterrupted one would.
func (s stepGraph) random(step stepAt) (in []*tensors.Tensor) {
	for range s.randoms() {
		in = append(in, tensors.FromFlatDataAndDimensions([]uint64{s.settings.Seed, uint64(step.number)}, 2))
	}
	return in
}

// at are the numbers of one step.
func (s stepGraph) at(step stepAt) (h hyper[float32]) {
	h = hyper[float32]{rate: float32(step.rate), number: float32(step.number - step.optimizerStart),
		lasso: float32(s.settings.LambdaGL), frobenius: float32(s.settings.FrobeniusDecay / 2)}
	for _, x := range s.optimizer.Numbers() {
		h.optimizer = append(h.optimizer, float32(x))
	}
	return h
}
