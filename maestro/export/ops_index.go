package export

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// Ops that look values up, and the numbers that they are looked up by.

// Gather of whole parts along one axis, such as the rows of an embedding, is ONNX's Gather.
func (f *function) Gather(operand, startIndices compute.Value, indexVectorAxis int, offsetOutputAxes,
	collapsedSliceAxes, startIndexMap, sliceSizes []int, indicesAreSorted bool) (compute.Value, error) {
	x, ids := operand.(*value), startIndices.(*value)
	shape, err := shapeinference.Gather(x.shape, ids.shape, indexVectorAxis, offsetOutputAxes, collapsedSliceAxes,
		startIndexMap, sliceSizes, indicesAreSorted)
	if err != nil {
		return nil, err
	}
	if len(startIndexMap) != 1 || !slices.Equal(collapsedSliceAxes, startIndexMap) {
		return nil, unknownOp(compute.OpTypeGather)
	}
	axis, places := startIndexMap[0], ids.dims()
	if indexVectorAxis < ids.rank() {
		places = slices.Delete(slices.Clone(places), indexVectorAxis, indexVectorAxis+1)
	}
	// ONNX puts the places where the axis was.
	want := slices.Concat(x.dims()[:axis], places, x.dims()[axis+1:])
	for i, at := range offsetOutputAxes {
		if whole := others(x.rank(), []int{axis})[i]; sliceSizes[whole] != x.dims()[whole] ||
			i < axis && at != i || i >= axis && at != i+len(places) {
			return nil, unknownOp(compute.OpTypeGather)
		}
	}
	if !slices.Equal(want, shape.Dimensions) {
		return nil, unknownOp(compute.OpTypeGather)
	}
	if ids, err = f.reshape(ids, places); err != nil {
		return nil, err
	}
	return f.add("Gather", shape, []attribute{{"axis", axis}}, x, ids), nil
}

// Iota is a constant.
func (f *function) Iota(shape shapes.Shape, iotaAxis int) (compute.Value, error) {
	count := shape.Dimensions[iotaAxis]
	if f.times(count) > 0 {
		return nil, unknownOp(compute.OpTypeIota)
	}
	var raw []byte
	for i := range count {
		switch shape.DType {
		case dtypes.Int32:
			raw = binary.LittleEndian.AppendUint32(raw, uint32(i))
		case dtypes.Int64:
			raw = binary.LittleEndian.AppendUint64(raw, uint64(i))
		case dtypes.Float32:
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(i)))
		default:
			return nil, unknownOp(compute.OpTypeIota)
		}
	}
	line := slices.Repeat([]int{1}, shape.Rank())
	line[iotaAxis] = count
	return f.broadcast(&value{shape: withDims(shape, line), data: &constant{raw: raw}}, shape), nil
}

// orEqual is a comparison that ONNX has since opset 12 alone.
func (f *function) orEqual(op, strict string, kind, strictKind compute.OpType, x, y compute.Value) (compute.Value,
	error) {
	if f.file.opset >= 12 {
		return f.compare(kind, op, x, y)
	}
	a, err := f.compare(strictKind, strict, x, y)
	if err != nil {
		return nil, err
	}
	b, err := f.Equal(x, y)
	if err != nil {
		return nil, err
	}
	return f.LogicalOr(a, b)
}

func (f *function) GreaterOrEqual(x, y compute.Value) (compute.Value, error) {
	return f.orEqual("GreaterOrEqual", "Greater", compute.OpTypeGreaterOrEqual, compute.OpTypeGreaterThan, x, y)
}

func (f *function) LessOrEqual(x, y compute.Value) (compute.Value, error) {
	return f.orEqual("LessOrEqual", "Less", compute.OpTypeLessOrEqual, compute.OpTypeLessThan, x, y)
}
