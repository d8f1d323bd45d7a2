package export

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// reduce writes a reduction over the axes, all if there are none.
func (f *function) reduce(op string, operand compute.Value, axes []int) (compute.Value, error) {
	x := operand.(*value)
	if _, err := shapeinference.Reduce(x.shape, axes); err != nil {
		return nil, err
	}
	if len(axes) == 0 {
		for i := range x.rank() {
			axes = append(axes, i)
		}
	}
	if x.base == nil {
		return f.reducePlain(op, x, axes), nil
	}
	// The axes that stay keep the base's order; a transposition gives them the order asked for.
	var gone, kept []int
	for i, p := range x.perm {
		if slices.Contains(axes, i) {
			gone = append(gone, p)
		} else {
			kept = append(kept, p)
		}
	}
	slices.Sort(gone)
	order := slices.Sorted(slices.Values(kept))
	for i, p := range kept {
		kept[i] = slices.Index(order, p)
	}
	return f.transpose(f.reducePlain(op, x.base, gone), kept), nil
}

func (f *function) reducePlain(op string, x *value, axes []int) *value {
	var dims []int
	for i, d := range x.dims() {
		if !slices.Contains(axes, i) {
			dims = append(dims, d)
		}
	}
	drop := attribute{"keepdims", 0}
	if op == "ReduceSum" && f.file.opset >= 13 { // the only one whose axes are an input
		return f.add(op, withDims(x.shape, dims), []attribute{drop}, x, ints(axes...))
	}
	return f.add(op, withDims(x.shape, dims), []attribute{{"axes", axes}, drop}, x)
}

func (f *function) ReduceSum(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceSum", x, axes)
}

func (f *function) ReduceMax(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceMax", x, axes)
}

func (f *function) ReduceMin(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceMin", x, axes)
}

func (f *function) ReduceProduct(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceProd", x, axes)
}

func (f *function) ArgMinMax(operand compute.Value, axis int, dtype dtypes.DType, isMin bool) (compute.Value, error) {
	x := operand.(*value)
	shape, err := shapeinference.ArgMinMax(x.shape, axis, dtype)
	if err != nil {
		return nil, err
	}
	op := "ArgMax"
	if isMin {
		op = "ArgMin"
	}
	at := f.add(op, shapes.Make(dtypes.Int64, shape.Dimensions...), []attribute{{"axis", axis}, {"keepdims", 0}}, x)
	return f.ConvertDType(at, dtype)
}

// ReduceWindow over the two inner axes of images is a pooling.
func (f *function) ReduceWindow(operand compute.Value, kind compute.ReduceOpType, size, strides, inputDilations,
	windowDilations []int, paddings [][2]int) (compute.Value, error) {
	x := operand.(*value)
	shape, err := shapeinference.ReduceWindow(x.shape, size, strides, inputDilations, windowDilations, paddings)
	if err != nil {
		return nil, err
	}
	if len(strides) == 0 {
		strides = size
	}
	isOne := func(d int) bool { return d == 1 }
	if x.rank() != 4 || size[0] != 1 || !all(inputDilations, isOne) || !all(windowDilations, isOne) ||
		kind != compute.ReduceOpMax && kind != compute.ReduceOpSum {
		return nil, unknownOp(compute.OpTypeReduceWindow)
	}
	perm := []int{0, 1, 2, 3}
	if size[3] == 1 { // channels last
		perm = []int{0, 3, 1, 2}
	}
	size, strides = permuted(size, perm), permuted(strides, perm)
	if size[1] != 1 {
		return nil, unknownOp(compute.OpTypeReduceWindow)
	}
	pads := make([]int, 4)
	if len(paddings) > 0 {
		paddings = permuted(paddings, perm)
		pads = []int{paddings[2][0], paddings[3][0], paddings[2][1], paddings[3][1]}
		if paddings[0] != [2]int{} || paddings[1] != [2]int{} {
			return nil, unknownOp(compute.OpTypeReduceWindow)
		}
	}
	pooled := withDims(shape, permuted(shape.Dimensions, perm))
	attributes := []attribute{{"kernel_shape", size[2:]}, {"strides", strides[2:]}, {"pads", pads}}
	if kind == compute.ReduceOpMax {
		return f.transpose(f.add("MaxPool", pooled, attributes, f.transpose(x, perm)), inverse(perm)), nil
	}
	if x.shape.DType != dtypes.Float32 {
		return nil, unknownOp(compute.OpTypeReduceWindow)
	}
	// A sum is the mean, with the padding counted, times the window's size.
	mean := f.add("AveragePool", pooled, append(attributes, attribute{"count_include_pad", 1}), f.transpose(x, perm))
	return f.Mul(f.transpose(mean, inverse(perm)), float(float32(size[2]*size[3])))
}

func all[T any](xs []T, is func(T) bool) bool {
	return !slices.ContainsFunc(xs, func(x T) bool { return !is(x) })
}
