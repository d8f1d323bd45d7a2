package export

import (
	"encoding/binary"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// GoMLX's shapes are static, while the exported model is to take batches of any size. So the graph is recorded with a
// prime for the batch size that no other dimension is a multiple of: where it turns up, the file says "batch". What
// it must not get into is a number, such as a mean over the batch; that would differ between two recordings with two
// primes, which are compared.
const (
	batchStandIn      = 1_000_003
	otherBatchStandIn = 999_983
)

// times says how many times the batch size a dimension is; 0 if it has nothing to do with it.
func (r *recorder) times(dim int) int {
	if r.batch == 0 || dim%r.batch != 0 {
		return 0
	}
	return dim / r.batch
}

// hasBatch says whether a dimension is the batch's, or a multiple.
func (r *recorder) hasBatch(dims []int) bool {
	for _, d := range dims {
		if r.times(d) > 0 {
			return true
		}
	}
	return false
}

func (r *recorder) portDims(s shapes.Shape) []int {
	out := make([]int, s.Rank())
	for i, d := range s.Dimensions {
		if out[i] = d; r.times(d) == 1 {
			out[i] = -1
		}
	}
	return out
}

// ints is a constant int64 vector.
func ints(xs ...int) *value {
	raw := make([]byte, 0, 8*len(xs))
	for _, x := range xs {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(int64(x)))
	}
	return &value{shape: shapes.Make(dtypes.Int64, len(xs)), data: &constant{raw: raw}}
}

// reshapeTarget is the shape that a Reshape takes: −1, "what is left", in place of the batch.
func (r *recorder) reshapeTarget(dims []int) (*value, error) {
	out := make([]int, len(dims))
	unknown := 0
	for i, d := range dims {
		if out[i] = d; r.times(d) > 0 {
			out[i] = -1
			unknown++
		}
	}
	if unknown > 1 {
		return nil,
			fmt.Errorf("the model reshapes to %v, which holds the batch size more than once: export it for one "+
				"batch size", out)
	}
	return ints(out...), nil
}

// shapeAtRunTime is a shape as an int64 vector.
func (r *recorder) shapeAtRunTime(dims []int) *value {
	if !r.hasBatch(dims) {
		return ints(dims...)
	}
	var parts []*value
	for _, d := range dims {
		switch k := r.times(d); k {
		case 0:
			parts = append(parts, ints(d))
		case 1:
			parts = append(parts, r.batchSize())
		default:
			parts = append(parts, r.add("Mul", shapes.Make(dtypes.Int64, 1), nil, r.batchSize(), ints(k)))
		}
	}
	return r.add("Concat", shapes.Make(dtypes.Int64, len(dims)), []attribute{{"axis", 0}}, parts...)
}

// batchSize is the batch size at run time, int64 [1].
func (r *recorder) batchSize() *value {
	if r.size == nil {
		first := r.file.inputs[0]
		// a part of it only since opset 15
		whole := r.add("Shape", shapes.Make(dtypes.Int64, len(first.dims)), nil, &value{name: first.name})
		r.size = r.add("Slice", shapes.Make(dtypes.Int64, 1), nil, whole, ints(0), ints(1))
	}
	return r.size
}
