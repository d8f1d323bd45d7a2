package linear

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Batch is training data: rows of x and of the y that belongs to each.
type Batch struct {
	X       []float32 // [rows, inputs]
	Y       []float32 // [rows, outputs]
	Weights []float32 // how much each example of one step counts
}

// NewBatch is the rows of x [rows, inputs] and y [rows, outputs] as data of one step or, where rows is a multiple of
// perStep, of several, perStep rows each, which all count the same.
func NewBatch(x, y mat.Matrix, perStep int) Batch {
	return Batch{X: narrow(x), Y: narrow(y), Weights: ones(perStep)}
}

func narrow(m mat.Matrix) []float32 {
	rows, cols := m.Dims()
	out := make([]float32, 0, rows*cols)
	for i := range rows {
		for j := range cols {
			out = append(out, float32(m.At(i, j)))
		}
	}
	return out
}

func ones(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

func gaussian(rows, cols int, rng *rand.Rand) *mat.Dense {
	out := make([]float64, rows*cols)
	for i := range out {
		out[i] = rng.NormFloat64()
	}
	return mat.NewDense(rows, cols, out)
}

func fromRows(rows [][]float64) *mat.Dense {
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, row := range rows {
		m.SetRow(i, row)
	}
	return m
}
