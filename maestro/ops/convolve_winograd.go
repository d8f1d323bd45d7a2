package ops

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// winograd is a 3×3 convolution of stride 1 by Winograd's minimal filtering F(m×m, 3×3) (Lavin and Gray, 2015, whose
// names the matrices have). An image is cut into tiles of m+2 by m+2 that overlap by two; along both axes Bᵀ is
// applied to each, and G to the kernel; one product over channels for each of the (m+2)² places gives what Aᵀ, along
// both axes, makes m×m results of. For m = 4 that is 2¼ multiplications a result and channel in place of 9, for m = 2
// it is 4; the larger tiles cost a digit of precision.
type winograd struct {
	bt [][]float64 // [m+2, m+2]
	g  [][]float64 // [m+2, 3]
	at [][]float64 // [m, m+2]
}

func winograd2() winograd {
	return winograd{
		bt: [][]float64{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
		g:  [][]float64{{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}},
		at: [][]float64{{1, 1, 1, 0}, {0, 1, -1, -1}},
	}
}

func winograd4() winograd {
	return winograd{
		bt: [][]float64{{4, 0, -5, 0, 1, 0}, {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
			{0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}},
		g: [][]float64{{1. / 4, 0, 0}, {-1. / 6, -1. / 6, -1. / 6}, {-1. / 6, 1. / 6, -1. / 6},
			{1. / 24, 1. / 12, 1. / 6}, {1. / 24, -1. / 12, 1. / 6}, {0, 0, 1}},
		at: [][]float64{{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}},
	}
}

// m is how many results a tile has in each row and column.
func (w winograd) m() int { return len(w.at) }

// convolve applies kernel [3, 3, inputs, outputs] to x [batch, height, width, inputs] with one zero of padding all
// around; m must divide height and width. The gradients are the adjoint of every stage, from the last to the first.
func (w winograd) convolve(x, kernel *Node) *Node {
	tiles, kernels := w.tiles(StopGradient(x)), w.kernels(StopGradient(kernel))
	y := w.results(Einsum("jibhwn,jinm->jibhwm", tiles, kernels))
	return WithVJP(y, []*Node{x, kernel}, func(g *Node) []*Node {
		back := w.resultsAdjoint(g)
		return []*Node{
			w.tilesAdjoint(Einsum("jibhwm,jinm->jibhwn", back, kernels)),
			w.kernelsAdjoint(Einsum("jibhwn,jibhwm->jinm", tiles, back)),
		}
	})
}

// tiles is Bᵀ d B of the tiles d of x: [columns of a tile, its rows, batch, tiles in height, in width, channels].
func (w winograd) tiles(x *Node) *Node {
	rows := combine(w.bt, w.overlapping(x, 1), 0)
	return combine(w.bt, w.overlapping(rows, 3), 0)
}

// overlapping are the m+2 entries of an axis that make m results, each for all tiles: one before, m within, one after.
func (w winograd) overlapping(x *Node, axis int) []*Node {
	within := phases(x, axis, w.m())
	count := within[0].Shape().Dim(axis)
	entries := append([]*Node{cropOrPad(within[w.m()-1], axis, -1, count)}, within...)
	return append(entries, cropOrPad(within[0], axis, 1, count))
}

func (w winograd) tilesAdjoint(tiles *Node) *Node {
	columns := w.overlap(unstack(tiles, 0), 3)
	return w.overlap(unstack(columns, 0), 1)
}

// overlap is the adjoint of Bᵀ applied to what overlapping gives. What comes back to the entry before a tile belongs
// to the last within the tile before it, what comes back to the one after it to the first within the next.
func (w winograd) overlap(parts []*Node, axis int) *Node {
	m, b, count := w.m(), transposed(w.bt), parts[0].Shape().Dim(axis)
	matrix, terms := b[1:m+1], slices.Clone(parts)
	lend := func(weight float64, to int, part *Node) {
		if weight == 0 {
			return
		}
		for r := range matrix {
			matrix[r] = append(matrix[r], 0)
		}
		matrix[to][len(terms)] = weight
		terms = append(terms, part)
	}
	for j, part := range parts {
		lend(b[0][j], m-1, cropOrPad(part, axis, 1, count))
		lend(b[m+1][j], 0, cropOrPad(part, axis, -1, count))
	}
	return flatten(combine(matrix, terms, axis+1), axis)
}

// results is Aᵀ p A of the products p, as tiles has them: [batch, height, width, channels].
func (w winograd) results(products *Node) *Node {
	columns := flatten(combine(w.at, unstack(products, 0), 4), 3)
	return flatten(combine(w.at, unstack(columns, 0), 2), 1)
}

func (w winograd) resultsAdjoint(y *Node) *Node {
	a := transposed(w.at)
	rows := combine(a, phases(y, 1, w.m()), 0)
	return combine(a, phases(rows, 3, w.m()), 0)
}

// kernels is G k Gᵀ of the kernel: [columns of a tile, its rows, inputs, outputs].
func (w winograd) kernels(kernel *Node) *Node {
	s, n := kernel.Shape(), w.m()+2
	k := Einsum("ta,ac->tc", w.kernelMatrix(kernel), Reshape(kernel, 9, -1))
	return Reshape(k, n, n, s.Dim(2), s.Dim(3))
}

func (w winograd) kernelsAdjoint(kernels *Node) *Node {
	s, n := kernels.Shape(), w.m()+2
	k := Einsum("ta,tc->ac", w.kernelMatrix(kernels), Reshape(kernels, n*n, -1))
	return Reshape(k, 3, 3, s.Dim(2), s.Dim(3))
}

// kernelMatrix is G k Gᵀ as one matrix [(m+2)², 9] that is applied to k's entries: so it is one product.
func (w winograd) kernelMatrix(like *Node) *Node {
	var entries []float64
	for _, column := range w.g {
		for _, row := range w.g {
			for _, a := range row {
				for _, b := range column {
					entries = append(entries, a*b)
				}
			}
		}
	}
	return ConvertDType(Reshape(Const(like.Graph(), entries), -1, 9), like.DType())
}

// combine is the product of a matrix with a vector of nodes, as a new axis of the result: one sum for all the matrix's
// rows, zeros and all, because a sum for each row takes longer to compile and no less time to run.
func combine(matrix [][]float64, terms []*Node, axis int) (sum *Node) {
	for j, term := range terms {
		weights := make([]float64, len(matrix))
		for i := range weights {
			weights[i] = matrix[i][j]
		}
		dims := make([]int, term.Rank()+1)
		for i := range dims {
			dims[i] = 1
		}
		dims[axis] = len(weights)
		weight := Reshape(ConvertDType(Const(term.Graph(), weights), term.DType()), dims...)
		term = Mul(weight, ExpandDims(term, axis))
		if sum == nil {
			sum = term
		} else {
			sum = Add(sum, term)
		}
	}
	return barrier(sum)
}

func transposed(matrix [][]float64) [][]float64 {
	t := make([][]float64, len(matrix[0]))
	for i := range t {
		for _, row := range matrix {
			t[i] = append(t[i], row[i])
		}
	}
	return t
}
