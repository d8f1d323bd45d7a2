package export

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
)

// Ops that choose between values, and those that only pass one on.

// Max of two parts of a window that makes it whole is a MaxPool.
func (f *function) Max(x, y compute.Value) (compute.Value, error) {
	v, err := f.binary(compute.OpTypeMax, "Max", x, y)
	if err != nil {
		return nil, err
	}
	whole, a, b := v.(*value), x.(*value), y.(*value)
	if whole.base == nil {
		whole.window = a.window.join(b.window)
		return f.pool(whole), nil
	}
	if a.base == nil || b.base == nil {
		return whole, nil
	}
	whole.base.window = a.base.window.join(b.base.window)
	return f.transpose(f.pool(whole.base), whole.perm), nil
}

func (f *function) GreaterThan(x, y compute.Value) (compute.Value, error) {
	v, err := f.compare(compute.OpTypeGreaterThan, "Greater", x, y)
	if err == nil && y.(*value).isZero() {
		v.(*value).positive = x.(*value)
	}
	return v, err
}

// Where of x > 0, x and 0 is a Relu, which runtimes join with the op before it.
func (f *function) Where(condition, onTrue, onFalse compute.Value) (compute.Value, error) {
	c, a, b := condition.(*value), onTrue.(*value), onFalse.(*value)
	shape, err := shapeinference.Where(c.shape, a.shape, b.shape)
	if err != nil {
		return nil, err
	}
	if c.positive != nil && c.positive == a && b.isZero() {
		return f.elementwise("Relu", shape, a), nil
	}
	return f.elementwise("Where", shape, c, a, b), nil
}

func (f *function) Clamp(low, x, high compute.Value) (compute.Value, error) {
	v := x.(*value)
	return f.elementwise("Min", v.shape, f.elementwise("Max", v.shape, v, low.(*value)), high.(*value)), nil
}

func (f *function) ConvertDType(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	v := x.(*value)
	to, ok := onnxTypes()[dtype]
	if !ok {
		return nil, unknownOp(compute.OpTypeConvertDType)
	}
	shape := v.shape.Clone()
	shape.DType = dtype
	switch {
	case v.shape.DType == dtype:
		return v, nil
	case v.base != nil:
		return f.transpose(f.cast(v.base, dtype, to), v.perm), nil
	case v.small != nil:
		return f.broadcast(f.cast(v.small, dtype, to), shape), nil
	}
	return f.cast(v, dtype, to), nil
}

func (f *function) cast(x *value, dtype dtypes.DType, to int64) *value {
	shape := x.shape.Clone()
	shape.DType = dtype
	return f.add("Cast", shape, []attribute{{"to", int(to)}}, x)
}

func (f *function) Identity(x compute.Value) (compute.Value, error) { return x, nil }

// OptimizationBarrier is a hint to GoMLX's compilers.
func (f *function) OptimizationBarrier(operands ...compute.Value) ([]compute.Value, error) {
	return operands, nil
}

func (f *function) SchedulingBarrier(operand compute.Value, _ ...compute.Value) (compute.Value, error) {
	return operand, nil
}
