package export

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapeinference"
)

// ConvGeneral is a Conv, with channels first.
func (f *function) ConvGeneral(input, kernel compute.Value, axes compute.ConvolveAxesConfig, strides []int,
	paddings [][2]int, inputDilations, kernelDilations []int, channelGroups, batchGroups int) (compute.Value, error) {
	x, k := input.(*value), kernel.(*value)
	shape, err := shapeinference.ConvGeneral(x.shape, k.shape, axes, strides, paddings, inputDilations, kernelDilations,
		channelGroups, batchGroups)
	if err != nil {
		return nil, err
	}
	if batchGroups > 1 || slices.ContainsFunc(inputDilations, func(d int) bool { return d > 1 }) {
		return nil, unknownOp(compute.OpTypeConvGeneral)
	}
	x = f.transpose(x, append([]int{axes.InputBatch, axes.InputChannels}, axes.InputSpatial...))
	k = f.transpose(k, append([]int{axes.KernelOutputChannels, axes.KernelInputChannels}, axes.KernelSpatial...))
	order := append([]int{axes.OutputBatch, axes.OutputChannels}, axes.OutputSpatial...)
	// some runtimes do not read it off the kernel
	attributes := []attribute{{"kernel_shape", k.dims()[2:]}, {"group", max(channelGroups, 1)}}
	if len(strides) > 0 {
		attributes = append(attributes, attribute{"strides", strides})
	}
	if len(kernelDilations) > 0 {
		attributes = append(attributes, attribute{"dilations", kernelDilations})
	}
	if len(paddings) > 0 {
		var before, after []int
		for _, p := range paddings {
			before, after = append(before, p[0]), append(after, p[1])
		}
		attributes = append(attributes, attribute{"pads", append(before, after...)})
	}
	y := f.add("Conv", withDims(shape, permuted(shape.Dimensions, order)), attributes, x, k)
	return f.transpose(y, inverse(order)), nil
}

// DotGeneral is a Conv of size 1 where it mixes the channels of images, else a MatMul.
func (f *function) DotGeneral(lhs compute.Value, lhsContracting, lhsBatch []int, rhs compute.Value, rhsContracting,
	rhsBatch []int, config compute.DotGeneralConfig) (compute.Value, error) {
	x, w := lhs.(*value), rhs.(*value)
	shape, err := shapeinference.DotGeneral(x.shape, lhsContracting, lhsBatch, w.shape, rhsContracting,
		rhsBatch, config)
	if err != nil {
		return nil, err
	}
	if shape.DType != x.shape.DType {
		return nil, unknownOp(compute.OpTypeDotGeneral)
	}
	if len(lhsBatch) == 0 && len(lhsContracting) == 1 && w.rank() == 2 && x.rank() > 1 {
		w = f.transpose(w, []int{rhsContracting[0], 1 - rhsContracting[0]}) // [contracted, outputs]
		if x.base != nil && x.rank() > 2 && x.perm[0] == 0 && x.perm[lhsContracting[0]] == 1 {
			return nilOn(f.pointwise(x, w, lhsContracting[0]))
		}
		x = f.transpose(x, append(others(x.rank(), lhsContracting), lhsContracting[0]))
		return f.add("MatMul", shape, nil, x, w), nil
	}
	// [aligned…, crossed of x, contracted] times [aligned…, contracted, crossed of w].
	crossX := others(x.rank(), append(slices.Clone(lhsBatch), lhsContracting...))
	crossW := others(w.rank(), append(slices.Clone(rhsBatch), rhsContracting...))
	aligned := permuted(x.dims(), lhsBatch)
	contracted, rows, columns := product(permuted(x.dims(), lhsContracting)), product(permuted(x.dims(), crossX)),
		product(permuted(w.dims(), crossW))
	x, err = f.reshape(f.transpose(x, slices.Concat(lhsBatch, crossX, lhsContracting)),
		append(slices.Clone(aligned), rows, contracted))
	if err != nil {
		return nil, err
	}
	w, err = f.reshape(f.transpose(w, slices.Concat(rhsBatch, rhsContracting, crossW)),
		append(slices.Clone(aligned), contracted, columns))
	if err != nil {
		return nil, err
	}
	y := f.add("MatMul", withDims(shape, append(slices.Clone(aligned), rows, columns)), nil, x, w)
	return nilOn(f.reshape(y, shape.Dimensions))
}

// pointwise applies w [inputs, outputs] at every place of images x, of which only the view is channels last.
func (f *function) pointwise(x, w *value, channels int) (*value, error) {
	w = f.transpose(w, []int{1, 0})
	dims := slices.Clone(w.dims())
	for range x.rank() - 2 {
		dims = append(dims, 1)
	}
	w, err := f.reshape(w, dims)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(x.base.dims())
	out[1] = dims[0]
	y := f.add("Conv", withDims(x.shape, out), []attribute{{"kernel_shape", dims[2:]}}, x.base, w)
	return f.transpose(y, append(permuted(x.perm, others(x.rank(), []int{channels})), 1)), nil
}

// others are the axes of a tensor that are not among the given ones.
func others(rank int, axes []int) (rest []int) {
	for i := range rank {
		if !slices.Contains(axes, i) {
			rest = append(rest, i)
		}
	}
	return rest
}

func product(xs []int) int {
	p := 1
	for _, x := range xs {
		p *= x
	}
	return p
}
