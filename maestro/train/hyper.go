package train

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// hyper are the numbers that a training step takes at run time, so that runs which differ by them alone share one compiled
// program: those of a sweep over λ_gl compile once on a machine. Whether one is zero is another matter: a step without
// weight decay, lasso or momentum is compiled without that term.
type hyper[T any] struct {
	rate, number                            T // the learning rate, and the number of the optimizer's step, from 1
	lasso, frobenius, weightDecay, momentum T // the weights of the penalties, of the decay, and of the velocity
}

// hyperAt are the settings' numbers for one step.
func hyperAt(s runs.Settings, at stepAt) hyper[float32] {
	return hyper[float32]{
		rate: float32(at.rate), number: float32(at.number - at.begun),
		lasso: float32(s.LambdaGL), frobenius: float32(s.FrobeniusDecay / 2),
		weightDecay: float32(s.WeightDecay), momentum: float32(s.Momentum),
	}
}

// fields lists the numbers in the order in which they lie in the step's input.
func (h *hyper[T]) fields() []*T {
	return []*T{&h.rate, &h.number, &h.lasso, &h.frobenius, &h.weightDecay, &h.momentum}
}

// hyperTensor is the step's input float32 [6].
func hyperTensor(h hyper[float32]) *tensors.Tensor {
	var values []float32
	for _, f := range h.fields() {
		values = append(values, *f)
	}
	return tensors.FromFlatDataAndDimensions(values, len(values))
}

// hyperNodes takes that input apart into scalars.
func hyperNodes(input *Node) (h hyper[*Node]) {
	for i, f := range h.fields() {
		*f = Reshape(Slice(input, AxisElem(i)))
	}
	return h
}
