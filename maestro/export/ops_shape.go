package export

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// transpose is x with its axes permuted: axis i of the result is axis perm[i] of x.
func (r *recorder) transpose(x *value, perm []int) *value {
	shape := withDims(x.shape, permuted(x.dims(), perm))
	switch {
	case isIdentity(perm):
		return x
	case x.data != nil:
		raw := transposed(x.data.raw, x.dims(), perm, x.shape.DType.Size())
		return &value{shape: shape, data: &constant{x.data.name, raw}}
	case x.small != nil && x.small.rank() == 0:
		return &value{shape: shape, small: x.small}
	case x.small != nil:
		return &value{shape: shape, small: r.transpose(x.small, perm)}
	case x.base != nil:
		both := permuted(x.perm, perm)
		if isIdentity(both) {
			return x.base
		}
		return &value{shape: shape, base: x.base, perm: both}
	case x.reshaped != nil && x.shape.Size() == slices.Max(x.dims()): // all but one axis are 1
		y, err := r.reshape(x.reshaped, shape.Dimensions)
		if err == nil {
			return y
		}
	}
	return &value{shape: shape, base: x, perm: slices.Clone(perm)}
}

func (r *recorder) reshape(x *value, dims []int) (*value, error) {
	shape := withDims(x.shape, dims)
	switch {
	case slices.Equal(x.dims(), dims):
		return x, nil
	case x.data != nil:
		return &value{shape: shape, data: x.data}, nil
	case x.small != nil && x.small.rank() == 0:
		return &value{shape: shape, small: x.small}, nil
	}
	target, err := r.reshapeTarget(dims)
	if err != nil {
		return nil, err
	}
	y := r.add("Reshape", shape, nil, x, target)
	y.reshaped = x
	return y, nil
}

// broadcast is x repeated along axes where it is 1.
func (r *recorder) broadcast(x *value, shape shapes.Shape) *value {
	if slices.Equal(x.dims(), shape.Dimensions) {
		return x
	}
	if x.small != nil {
		x = x.small
	}
	return &value{shape: shape, small: x}
}

func (f *function) Transpose(x compute.Value, perm ...int) (compute.Value, error) {
	if _, err := shapeinference.Transpose(x.(*value).shape, perm); err != nil {
		return nil, err
	}
	return f.transpose(x.(*value), perm), nil
}

func (f *function) Reshape(x compute.Value, dims ...int) (compute.Value, error) {
	shape, err := shapeinference.Reshape(x.(*value).shape, dims)
	if err != nil {
		return nil, err
	}
	return nilOn(f.reshape(x.(*value), shape.Dimensions))
}

func (f *function) BroadcastInDim(operand compute.Value, shape shapes.Shape, axes []int) (compute.Value, error) {
	x := operand.(*value)
	if err := shapeinference.BroadcastInDim(x.shape, shape, axes, nil); err != nil {
		return nil, err
	}
	if x.rank() > 0 {
		ones := make([]int, shape.Rank())
		for i := range ones {
			ones[i] = 1
		}
		for i, axis := range axes {
			ones[axis] = x.dims()[i]
		}
		var err error
		if x, err = f.reshape(x, ones); err != nil {
			return nil, err
		}
	}
	return f.broadcast(x, withDims(x.shape, shape.Dimensions)), nil
}

func (f *function) Slice(operand compute.Value, starts, limits, strides []int) (compute.Value, error) {
	x := operand.(*value)
	shape, err := shapeinference.Slice(x.shape, starts, limits, strides)
	if err != nil {
		return nil, err
	}
	if len(strides) == 0 {
		strides = slices.Repeat([]int{1}, x.rank())
	}
	if x.base != nil {
		back := inverse(x.perm)
		y := f.slice(x.base, permuted(shape.Dimensions, back), permuted(starts, back), permuted(limits, back),
			permuted(strides, back))
		return f.transpose(y, x.perm), nil
	}
	return f.slice(x, shape.Dimensions, starts, limits, strides), nil
}

func (f *function) slice(x *value, dims, starts, limits, strides []int) *value {
	var axes, from, to, by []int
	for i, d := range x.dims() {
		if starts[i] == 0 && limits[i] == d && strides[i] == 1 {
			continue
		}
		end := limits[i]
		if end == d { // also where d is the batch size
			end = math.MaxInt64
		}
		axes, from, to, by = append(axes, i), append(from, starts[i]), append(to, end), append(by, strides[i])
	}
	if len(axes) == 0 {
		return x
	}
	y := f.add("Slice", withDims(x.shape, dims), nil, x, ints(from...), ints(to...), ints(axes...), ints(by...))
	y.window = windowOf(x, starts, strides)
	return y
}

func (f *function) Concatenate(axis int, operands ...compute.Value) (compute.Value, error) {
	in := make([]*value, len(operands))
	all := make([]shapes.Shape, len(operands))
	for i, o := range operands {
		in[i] = o.(*value)
		all[i] = in[i].shape
	}
	shape, err := shapeinference.Concatenate(all, axis)
	if err != nil || len(in) == 1 {
		return in[0], err
	}
	perm := layout(in)
	if perm == nil {
		return f.add("Concat", shape, []attribute{{"axis", axis}}, in...), nil
	}
	back := inverse(perm)
	for i := range in {
		in[i] = f.transpose(in[i], back)
	}
	y := f.add("Concat", withDims(shape, permuted(shape.Dimensions, back)), []attribute{{"axis", perm[axis]}}, in...)
	return f.transpose(y, perm), nil
}

// layout is the permutation of the first of the values that is a transposed one; nil if none is.
func layout(in []*value) []int {
	for _, x := range in {
		if x.base != nil {
			return x.perm
		}
	}
	return nil
}

func (f *function) Reverse(operand compute.Value, axes ...int) (compute.Value, error) {
	x := operand.(*value)
	n := len(axes)
	return f.add("Slice", x.shape, nil, x, ints(slices.Repeat([]int{-1}, n)...),
		ints(slices.Repeat([]int{math.MinInt64}, n)...),
		ints(axes...), ints(slices.Repeat([]int{-1}, n)...)), nil
}

func (f *function) Pad(operand, fill compute.Value, axes ...compute.PadAxis) (compute.Value, error) {
	x := operand.(*value)
	shape, err := shapeinference.Pad(x.shape, axes...)
	if err != nil {
		return nil, err
	}
	pads := make([]int, 2*x.rank())
	for i, p := range axes {
		if p.Interior != 0 {
			return nil, unknownOp(compute.OpTypePad)
		}
		pads[i], pads[x.rank()+i] = p.Start, p.End
	}
	return f.add("Pad", shape, nil, x, ints(pads...), fill.(*value)), nil
}

// nilOn makes an interface of a result, nil where there is an error.
func nilOn(v *value, err error) (compute.Value, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}
