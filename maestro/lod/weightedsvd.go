package lod

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// FactoriseFor is Factorise for inputs of a second moment Σ = E[xxᵀ]: the first r columns of U and V are, for every r,
// the factors of the W of rank r with the least E‖Wx − wx‖², [wΣ^½]_r Σ^−½ (docs/method.md, Linear problems). values are
// the singular values of wΣ^½: cutting to r leaves an error of the sum of the squares after the first r. w is
// [outputs, inputs] and Σ [inputs, inputs]; directions without data are left out.
func FactoriseFor(w *mat.Dense, sigma mat.Symmetric) (u, v *mat.Dense, values []float64) {
	half, inverse := Roots(sigma)
	var weighted mat.Dense
	weighted.Mul(w, half)
	var svd mat.SVD
	if !svd.Factorize(&weighted, mat.SVDThin) {
		panic("lod: the singular values of a finite matrix did not converge")
	}
	values = svd.Values(nil)
	u, v = new(mat.Dense), new(mat.Dense)
	svd.UTo(u)
	var right mat.Dense
	svd.VTo(&right)
	v.Mul(inverse, &right)
	scale := func(m *mat.Dense) {
		m.Apply(func(_, k int, x float64) float64 { return x * math.Sqrt(values[k]) }, m)
	}
	scale(u)
	scale(v)
	return u, v, values
}

// Roots are Σ^½ and its pseudo-inverse.
func Roots(sigma mat.Symmetric) (half, inverse *mat.Dense) {
	const least = 1.2e-7 // of the largest eigenvalue, for each dimension: float32's
	var eigen mat.EigenSym
	if !eigen.Factorize(sigma, true) {
		panic("lod: the eigenvalues of a finite symmetric matrix did not converge")
	}
	values, vectors := eigen.Values(nil), new(mat.Dense)
	eigen.VectorsTo(vectors)
	n := len(values)
	root, back := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil) // vectors, each times a power of its value
	for i, value := range values {
		if value > values[n-1]*float64(n)*least { // eigenvalues come in rising order
			for k := range n {
				root.Set(k, i, vectors.At(k, i)*math.Sqrt(value))
				back.Set(k, i, vectors.At(k, i)/math.Sqrt(value))
			}
		}
	}
	half, inverse = new(mat.Dense), new(mat.Dense)
	half.Mul(root, vectors.T())
	inverse.Mul(back, vectors.T())
	return half, inverse
}

// Moments are those of what goes into a layer.
type Moments struct {
	Mean   []float64     // E[x], [inputs]
	Second *mat.SymDense // E[xxᵀ], [inputs, inputs]
}

// Spread is what FactoriseFor weighs a layer's inputs by: their covariance where the layer has a bias, which takes over
// what is lost of the mean, else their second moment.
func (m Moments) Spread(l Layer) *mat.SymDense {
	if !l.Bias {
		return m.Second
	}
	covariance := mat.NewSymDense(len(m.Mean), nil)
	covariance.SymRankOne(m.Second, -1, mat.NewVecDense(len(m.Mean), m.Mean))
	return covariance
}

// FactoriseFor keeps a layer as two factors of a rank that are the best for its inputs, see the function of that name,
// and adds to its bias, if it has one, what they lose of the inputs' mean. The moments are those of Observe's rows.
func (n *Network) FactoriseFor(layer, rank int, m Moments) error {
	l := n.Layers[layer]
	if got := m.Second.SymmetricDim(); got != l.Inputs || len(m.Mean) != l.Inputs {
		return fmt.Errorf("layer %s: moments of %d inputs, and it has %d", l.Name, got, l.Inputs)
	}
	before, err := n.Weight(layer)
	if err != nil {
		return err
	}
	err = n.factorise(layer, rank, func(w *mat.Dense) (u, v *mat.Dense) {
		u, v, _ = FactoriseFor(w, m.Spread(l))
		return u, v
	})
	if err != nil || !l.Bias {
		return err
	}
	after, err := n.Weight(layer)
	if err != nil {
		return err
	}
	variable := n.scope(layer).GetVariable("bias")
	bias, err := matrixOf(variable, l.Outputs, 1)
	if err != nil {
		return fmt.Errorf("layer %s: its bias: %w", l.Name, err)
	}
	var lost mat.Dense
	lost.Sub(before, after)
	var mean mat.VecDense
	mean.MulVec(&lost, mat.NewVecDense(l.Inputs, m.Mean))
	bias.Add(bias, &mean)
	return variable.SetValue(float32s(bias, l.Outputs))
}
