package ops

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// patches is a convolution as one product: the inputs of each result laid side by side, by one slice of x for each of
// the kernel's entries. An entry that meets nothing but padding is left out.
type patches struct {
	kernel, stride, padding int
	size, out               [2]int // height and width of x and of the result
	channels                int
	taps                    [][2]int // row and column of the kernel's entries that are not left out
}

func convolvePatches(x, kernel *Node, stride, padding int) *Node {
	p := patches{kernel: kernel.Shape().Dim(0), stride: stride, padding: padding, channels: x.Shape().Dim(3)}
	p.size = [2]int{x.Shape().Dim(1), x.Shape().Dim(2)}
	p.out[0], p.out[1] = OutputSize(x, kernel, stride, padding)
	for row := range p.kernel {
		for column := range p.kernel {
			if p.meets(0, row) && p.meets(1, column) {
				p.taps = append(p.taps, [2]int{row, column})
			}
		}
	}
	stopped := StopGradient(x)
	inputs, entries := p.inputs(stopped), p.entries(StopGradient(kernel))
	var y *Node
	if stride > 1 && p.kernel > 1 {
		// Here it is only the gradients that XLA's own is slow at, and the patches of large batches weigh on memory.
		y = convolveXLA(stopped, StopGradient(kernel), stride, padding)
	} else {
		y = Einsum("bhwn,nm->bhwm", inputs, entries)
	}
	return WithVJP(y, []*Node{x, kernel}, func(g *Node) []*Node {
		return []*Node{
			p.inputsAdjoint(Einsum("bhwm,nm->bhwn", g, entries)),
			p.entriesAdjoint(Einsum("bhwn,bhwm->nm", inputs, g)),
		}
	})
}

// meets reports whether a row (axis 0) or column (axis 1) of the kernel ever lies on x, not just on padding.
func (p patches) meets(axis, tap int) bool {
	for o := range p.out[axis] {
		if at := o*p.stride + tap - p.padding; at >= 0 && at < p.size[axis] {
			return true
		}
	}
	return false
}

// inputs is [batch, height, width, entries·channels] of the result's height and width.
func (p patches) inputs(x *Node) *Node {
	for axis := range 2 {
		x = cropOrPad(x, axis+1, -p.padding, p.size[axis]+2*p.padding)
	}
	var parts []*Node
	for _, tap := range p.taps {
		part := x
		for axis := range 2 {
			last := tap[axis] + (p.out[axis]-1)*p.stride
			part = sliceAxis(part, axis+1, AxisRange(tap[axis], last+1).Stride(p.stride))
		}
		parts = append(parts, part)
	}
	return concat(parts, 3)
}

// inputsAdjoint sums, for each entry of x, the gradients of all the patches that hold it.
func (p patches) inputsAdjoint(inputs *Node) *Node {
	entries := make([][]*Node, p.kernel)
	for row := range entries {
		entries[row] = make([]*Node, p.kernel)
	}
	for i, tap := range p.taps {
		entries[tap[0]][tap[1]] = sliceAxis(inputs, 3, AxisRange(i*p.channels, (i+1)*p.channels))
	}
	rows := make([]*Node, p.kernel)
	for row := range rows {
		rows[row] = p.fold(1, entries[row])
	}
	if p.kernel == 1 && p.stride == 1 {
		return p.fold(0, rows)
	}
	return barrier(p.fold(0, rows))
}

// fold is the adjoint of taking the entries of one axis for each row or column of the kernel, nil for those left out.
// An entry of x meets every stride-th of them, so x is put together of as many phases as the stride is wide.
func (p patches) fold(axis int, taps []*Node) *Node {
	count := (p.size[axis] + p.stride - 1) / p.stride
	var like *Node
	phases := make([]*Node, p.stride)
	for tap, part := range taps {
		if part == nil {
			continue
		}
		like = part
		// At entry stride·i + phase of x this entry of the kernel is met for result i + ahead.
		phase := ((tap-p.padding)%p.stride + p.stride) % p.stride
		ahead := (phase + p.padding - tap) / p.stride
		met := cropOrPad(part, axis+1, ahead, count)
		if phases[phase] != nil {
			met = Add(phases[phase], met)
		}
		phases[phase] = met
	}
	if like == nil {
		return nil
	}
	for i, phase := range phases {
		if phase == nil {
			phases[i] = ZerosLike(cropOrPad(like, axis+1, 0, count))
		}
	}
	if p.stride == 1 {
		return phases[0]
	}
	return cropOrPad(interleave(phases, axis+1), axis+1, 0, p.size[axis])
}

// entries is the kernel as a matrix [entries·channels, outputs].
func (p patches) entries(kernel *Node) *Node {
	var parts []*Node
	for _, tap := range p.taps {
		parts = append(parts, Reshape(Slice(kernel, AxisElem(tap[0]), AxisElem(tap[1])), p.channels, -1))
	}
	return concat(parts, 0)
}

func (p patches) entriesAdjoint(entries *Node) *Node {
	outputs := entries.Shape().Dim(1)
	if len(p.taps) == p.kernel*p.kernel {
		return Reshape(entries, p.kernel, p.kernel, p.channels, outputs)
	}
	var parts []*Node
	for row := range p.kernel {
		for column := range p.kernel {
			if i := slices.Index(p.taps, [2]int{row, column}); i >= 0 {
				parts = append(parts, sliceAxis(entries, 0, AxisRange(i*p.channels, (i+1)*p.channels)))
			} else {
				parts = append(parts, ZerosLike(sliceAxis(entries, 0, AxisRange(0, p.channels))))
			}
		}
	}
	return Reshape(Concatenate(parts, 0), p.kernel, p.kernel, p.channels, outputs)
}
