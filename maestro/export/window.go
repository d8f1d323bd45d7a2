package export

import (
	"maps"
	"slices"
)

// window says that a value is the maximum over parts of a window that is moved over another value: slices of it that
// differ in where they start, as networks are built whose maxima are to have the right gradient. Once the parts make
// up a whole window, the maximum is one MaxPool, for which runtimes have code of its own.
type window struct {
	of      *value
	strides []int
	starts  map[[2]int]bool // rows and columns of the slices, [batch, channels, rows, columns]
}

// windowOf is the window of a slice of images that leaves out no image and no channel; nil if it is none.
func windowOf(x *value, starts, strides []int) *window {
	if x.rank() != 4 || starts[0] != 0 || starts[1] != 0 || strides[0] != 1 || strides[1] != 1 {
		return nil
	}
	return &window{of: x, strides: strides, starts: map[[2]int]bool{{starts[2], starts[3]}: true}}
}

// join is the window of the maximum of two values; nil if they are not parts of one.
func (w *window) join(o *window) *window {
	if w == nil || o == nil || w.of != o.of || !slices.Equal(w.strides, o.strides) {
		return nil
	}
	joined := &window{of: w.of, strides: w.strides, starts: maps.Clone(w.starts)}
	maps.Copy(joined.starts, o.starts)
	return joined
}

// pool is the value, a maximum, as one MaxPool where it is over a whole window that starts at the corner.
func (r *recorder) pool(y *value) *value {
	if y.window == nil {
		return y
	}
	var size [2]int
	for at := range y.window.starts {
		size[0], size[1] = max(size[0], at[0]+1), max(size[1], at[1]+1)
	}
	if size[0]*size[1] != len(y.window.starts) || len(y.window.starts) == 1 {
		return y
	}
	x, strides := y.window.of, y.window.strides[2:]
	for i := range 2 {
		if (x.dims()[2+i]-size[i])/strides[i]+1 != y.dims()[2+i] {
			return y
		}
	}
	pooled := r.add("MaxPool", y.shape, []attribute{{"kernel_shape", size[:]}, {"strides", strides}}, x)
	pooled.window = y.window // it may be part of a larger one
	return pooled
}
