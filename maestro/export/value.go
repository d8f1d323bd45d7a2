package export

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// value is a result in the graph that is being recorded. Constants, transposed and broadcast values are written only
// when an op takes them as they are: most ops broadcast by themselves, and most transpositions cancel out, so that
// convolutions in a row stay in ONNX's layout, channels first.
type value struct {
	shape shapes.Shape // as traced: the batch is its stand-in
	name  string       // in the file; "" while it is not written

	data *constant

	base *value // with perm: this is base transposed
	perm []int

	small *value // this is small, a scalar or of the same rank, broadcast as ONNX's ops do it

	reshaped *value // this is reshaped with other dimensions

	positive *value  // this is positive > 0
	window   *window // this is the maximum over parts of a window
}

// constant is a weight, or a number in the model's code.
type constant struct {
	name string // a weight's, else ""
	raw  []byte
}

func (v *value) rank() int { return v.shape.Rank() }

func (v *value) dims() []int { return v.shape.Dimensions }

// isZero says whether v is a constant of zeros, or one broadcast.
func (v *value) isZero() bool {
	if v.small != nil {
		return v.small.isZero()
	}
	return v.data != nil && !slices.ContainsFunc(v.data.raw, func(b byte) bool { return b != 0 })
}

// permuted returns xs[perm[0]], xs[perm[1]], …
func permuted[T any](xs []T, perm []int) []T {
	out := make([]T, len(perm))
	for i, p := range perm {
		out[i] = xs[p]
	}
	return out
}

func inverse(perm []int) []int {
	out := make([]int, len(perm))
	for i, p := range perm {
		out[p] = i
	}
	return out
}

func isIdentity(perm []int) bool {
	for i, p := range perm {
		if p != i {
			return false
		}
	}
	return true
}

// transposed rearranges a tensor of the given dimensions; size is that of one number, in bytes.
func transposed(raw []byte, dims, perm []int, size int) []byte {
	strides := make([]int, len(dims))
	step := size
	for i := len(dims) - 1; i >= 0; i-- {
		strides[i] = step
		step *= dims[i]
	}
	to, by := permuted(dims, perm), permuted(strides, perm)
	out := make([]byte, 0, len(raw))
	at := make([]int, len(dims))
	for from := 0; len(out) < len(raw); {
		out = append(out, raw[from:from+size]...)
		for i := len(at) - 1; i >= 0; i-- {
			at[i]++
			from += by[i]
			if at[i] < to[i] {
				break
			}
			from -= by[i] * to[i]
			at[i] = 0
		}
	}
	return out
}

func withDims(s shapes.Shape, dims []int) shapes.Shape { return shapes.Make(s.DType, dims...) }

// float is a constant float32 scalar.
func float(x float32) *value {
	raw := binary.LittleEndian.AppendUint32(nil, math.Float32bits(x))
	return &value{shape: shapes.Make(dtypes.Float32), data: &constant{raw: raw}}
}
