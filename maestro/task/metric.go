package task

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// ClassAccuracy is the share of examples whose largest logit is that of the target's class, in percent.
func ClassAccuracy() Metric {
	return Metric{Name: Accuracy, Percent: true, Of: func(output, target *Node) (each, weight *Node) {
		return Equal(ArgMax(output, -1, dtypes.Int32), ConvertDType(target, dtypes.Int32)), nil
	}}
}

// LabelAccuracy is the share of labels that do not exclude each other whose logit has the right sign, in percent.
func LabelAccuracy() Metric {
	return Metric{Name: Accuracy, Percent: true, Of: func(output, target *Node) (each, weight *Node) {
		t := shaped(target, output)
		right := Equal(GreaterThan(output, ZerosLike(output)), GreaterThan(t, MulScalar(OnesLike(t), 0.5)))
		return ReduceMean(flat(ConvertDType(right, output.DType())), -1), nil
	}}
}

// RMSE is the root of the mean squared error over all numbers.
func RMSE() Metric { return Metric{Name: "rmse", Of: SquaredError{}.Each, Value: math.Sqrt} }

// R2 is the coefficient of determination, one less the mean squared error over the target's variance, which is
// measured on the split that matters to the user: 1 is perfect, 0 what the mean gives.
func R2(variance float64) Metric {
	return Metric{Name: "r2", Of: SquaredError{}.Each, Value: func(mse float64) float64 { return 1 - mse/variance }}
}

// Perplexity is e to the mean loss.
func Perplexity() Metric { return Metric{Name: "perplexity", Value: math.Exp} }
