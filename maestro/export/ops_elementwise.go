package export

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// elementwise writes an op that broadcasts its operands, each a scalar or of the result's rank. Broadcast operands
// enter as they were before, and transposed ones too: the result is then the transposed one.
func (r *recorder) elementwise(op string, shape shapes.Shape, operands ...*value) *value {
	in := make([]*value, len(operands))
	for i, x := range operands {
		if in[i] = x; x.small != nil {
			in[i] = x.small
		}
	}
	perm, want := layout(in), shape.Dimensions
	if perm != nil {
		want = permuted(want, inverse(perm))
		for i, x := range in {
			if x.rank() > 0 {
				in[i] = r.transpose(x, inverse(perm))
			}
		}
	}
	got := []int{}
	for _, x := range in {
		if x.rank() > len(got) {
			got = slices.Repeat([]int{1}, x.rank())
		}
		for i, d := range x.dims() {
			got[i] = max(got[i], d)
		}
	}
	y := r.add(op, withDims(shape, got), nil, in...)
	y = r.broadcast(y, withDims(shape, want))
	if perm != nil {
		y = r.transpose(y, perm)
	}
	return y
}

func (f *function) unary(op string, x compute.Value) (compute.Value, error) {
	v := x.(*value)
	return f.elementwise(op, v.shape, v), nil
}

func (f *function) binary(kind compute.OpType, op string, x, y compute.Value) (compute.Value, error) {
	shape, err := shapeinference.BinaryOp(kind, x.(*value).shape, y.(*value).shape)
	if err != nil {
		return nil, err
	}
	return f.elementwise(op, shape, x.(*value), y.(*value)), nil
}

func (f *function) compare(kind compute.OpType, op string, x, y compute.Value) (compute.Value, error) {
	shape, err := shapeinference.ComparisonOp(kind, x.(*value).shape, y.(*value).shape)
	if err != nil {
		return nil, err
	}
	return f.elementwise(op, shape, x.(*value), y.(*value)), nil
}

func (f *function) Abs(x compute.Value) (compute.Value, error)        { return f.unary("Abs", x) }
func (f *function) Ceil(x compute.Value) (compute.Value, error)       { return f.unary("Ceil", x) }
func (f *function) Cos(x compute.Value) (compute.Value, error)        { return f.unary("Cos", x) }
func (f *function) Erf(x compute.Value) (compute.Value, error)        { return f.unary("Erf", x) }
func (f *function) Exp(x compute.Value) (compute.Value, error)        { return f.unary("Exp", x) }
func (f *function) Floor(x compute.Value) (compute.Value, error)      { return f.unary("Floor", x) }
func (f *function) Log(x compute.Value) (compute.Value, error)        { return f.unary("Log", x) }
func (f *function) LogicalNot(x compute.Value) (compute.Value, error) { return f.unary("Not", x) }
func (f *function) Logistic(x compute.Value) (compute.Value, error)   { return f.unary("Sigmoid", x) }
func (f *function) Neg(x compute.Value) (compute.Value, error)        { return f.unary("Neg", x) }
func (f *function) Round(x compute.Value) (compute.Value, error)      { return f.unary("Round", x) }
func (f *function) Sign(x compute.Value) (compute.Value, error)       { return f.unary("Sign", x) }
func (f *function) Sin(x compute.Value) (compute.Value, error)        { return f.unary("Sin", x) }
func (f *function) Sqrt(x compute.Value) (compute.Value, error)       { return f.unary("Sqrt", x) }
func (f *function) Tanh(x compute.Value) (compute.Value, error)       { return f.unary("Tanh", x) }

func (f *function) Rsqrt(x compute.Value) (compute.Value, error) {
	root := f.elementwise("Sqrt", x.(*value).shape, x.(*value))
	return f.unary("Reciprocal", root)
}

func (f *function) IsNaN(x compute.Value) (compute.Value, error) {
	v := x.(*value)
	return f.elementwise("IsNaN", shapes.Make(dtypes.Bool, v.dims()...), v), nil
}

func (f *function) Add(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeAdd, "Add", x, y)
}

func (f *function) Sub(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeSub, "Sub", x, y)
}

func (f *function) Mul(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMul, "Mul", x, y)
}

func (f *function) Div(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeDiv, "Div", x, y)
}

func (f *function) Pow(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypePow, "Pow", x, y)
}

func (f *function) Min(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMin, "Min", x, y)
}

func (f *function) LogicalAnd(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalAnd, "And", x, y)
}

func (f *function) LogicalOr(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalOr, "Or", x, y)
}

func (f *function) LogicalXor(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalXor, "Xor", x, y)
}

func (f *function) Equal(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeEqual, "Equal", x, y)
}

func (f *function) NotEqual(x, y compute.Value) (compute.Value, error) {
	equal, err := f.Equal(x, y)
	if err != nil {
		return nil, err
	}
	return f.unary("Not", equal)
}

func (f *function) LessThan(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeLessThan, "Less", x, y)
}
