package linear

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// factors are the weights of the map, row-major: U [outputs, rank] and V [inputs, rank].
type factors struct {
	u, v []float32
}

// start draws the factors as PyTorch draws the weights of two linear layers in a row: uniform within ±1/√fan-in.
func start(shape loopShape, rng *rand.Rand) factors {
	uniform := func(n, fanIn int) []float32 {
		bound := 1 / math.Sqrt(float64(fanIn))
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(bound * (2*rng.Float64() - 1))
		}
		return out
	}
	return factors{u: uniform(shape.outputs*shape.rank, shape.rank), v: uniform(shape.inputs*shape.rank, shape.inputs)}
}

func (w factors) finite() bool {
	for _, f := range [][]float32{w.u, w.v} {
		for _, x := range f {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return false
			}
		}
	}
	return true
}

// dense views the factors as matrices: U [outputs, rank] and V [inputs, rank].
func (w factors) dense(outputs, inputs int) (u, v *mat.Dense) {
	return widen(w.u, outputs), widen(w.v, inputs)
}

func widen(flat []float32, rows int) *mat.Dense {
	out := make([]float64, len(flat))
	for i, x := range flat {
		out[i] = float64(x)
	}
	return mat.NewDense(rows, len(flat)/rows, out)
}
