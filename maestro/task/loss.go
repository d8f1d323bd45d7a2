package task

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Loss compares a network's output with the target.
type Loss interface {
	// Each is the loss of every example [batch], and what each weighs in the mean: [batch], or nil for one each. An
	// example that has several losses, such as a sentence one a word, gives their sum and weighs as many.
	Each(output, target *Node) (each, weight *Node)
	// Soft is the target of a pass that learns from another's output, by the sampled pass beside a full one.
	Soft(output, target *Node) *Node
}

// LossOf is the mean over examples of what a function gives for each [batch], of the output and the target as a task
// has them. What learns from a full pass takes that pass's output for the target.
func LossOf(each func(output, target *Node) *Node) Loss { return lossOf(each) }

type lossOf func(output, target *Node) *Node

func (f lossOf) Each(output, target *Node) (each, weight *Node) { return f(output, target), nil }

func (lossOf) Soft(output, _ *Node) *Node { return output }

// CrossEntropy is that of classes: −Σ target·log softmax(output), output [batch, classes] the logits. The target is
// an integer [batch], the class, or a distribution [batch, classes].
type CrossEntropy struct{}

func (CrossEntropy) Each(output, target *Node) (each, weight *Node) {
	if target.DType().IsInt() {
		target = OneHot(target, output.Shape().Dim(-1), dtypes.Float32)
	}
	return Neg(ReduceSum(Mul(target, LogSoftmax(output, -1)), -1)), nil
}

func (CrossEntropy) Soft(output, _ *Node) *Node { return Softmax(output, -1) }

// SquaredError is that of regression: the mean over an example's numbers of ((output − target)/Scale)²; both are
// [batch, …].
type SquaredError struct{ Scale float64 } // 0 is 1

func (e SquaredError) Each(output, target *Node) (each, weight *Node) {
	difference := Sub(output, shaped(target, output))
	if e.Scale != 0 {
		difference = MulScalar(difference, 1/e.Scale)
	}
	return ReduceMean(Square(flat(difference)), -1), nil
}

func (SquaredError) Soft(output, _ *Node) *Node { return output }

// AbsoluteError is by how much every example is missed [batch]: the mean over its numbers of |output − target|, both
// [batch, …].
func AbsoluteError(output, target *Node) *Node {
	return ReduceMean(flat(Abs(Sub(output, shaped(target, output)))), -1)
}

// BinaryCrossEntropy is that of labels that do not exclude each other: the mean over an example's labels of
// −t·log σ(output) − (1−t)·log(1 − σ(output)). Output [batch, …] are logits, the target is from 0 to 1.
type BinaryCrossEntropy struct{}

func (BinaryCrossEntropy) Each(output, target *Node) (each, weight *Node) {
	t := shaped(target, output)
	// max(x, 0) − x·t + log(1 + e^−|x|) is the same and does not overflow.
	loss := Add(Sub(Max(output, ZerosLike(output)), Mul(output, t)), Log1P(Exp(Neg(Abs(output)))))
	return ReduceMean(flat(loss), -1), nil
}

func (BinaryCrossEntropy) Soft(output, _ *Node) *Node { return Sigmoid(output) }

// shaped is a target as numbers in the output's shape, so that [batch] fits [batch, 1].
func shaped(target, output *Node) *Node {
	return Reshape(ConvertDType(target, output.DType()), output.Shape().Dimensions...)
}

// flat is x [batch, …] as [batch, numbers of an example].
func flat(x *Node) *Node { return Reshape(x, x.Shape().Dim(0), -1) }
