package linear

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// Distribution draws inputs x of a known second moment.
type Distribution struct {
	Name  string
	Sigma *mat.SymDense                             // E[xxᵀ], [n, n]
	Draw  func(rows int, rng *rand.Rand) *mat.Dense // rows of x, [rows, n]
}

// Distributions are those that the study compares, in n dimensions: uniform in the unit ball; standard normal; normal
// with correlations 0.7^|i−j|; normal with variance 1/i² in direction i; sparse, one number in ten a normal of variance
// 10; and heavy-tailed, Student's t of 5 degrees of freedom at variance 1.
func Distributions(n int) []Distribution {
	scaled := func(s float64) *mat.SymDense {
		return symmetric(n, func(i, j int) float64 {
			if i == j {
				return s
			}
			return 0
		})
	}
	each := func(draw func(rng *rand.Rand) float64) func(int, *rand.Rand) *mat.Dense {
		return func(rows int, rng *rand.Rand) *mat.Dense {
			x := mat.NewDense(rows, n, nil)
			x.Apply(func(_, _ int, _ float64) float64 { return draw(rng) }, x)
			return x
		}
	}
	normal := func(sigma *mat.SymDense) func(int, *rand.Rand) *mat.Dense {
		half, _ := lod.Roots(sigma)
		return func(rows int, rng *rand.Rand) *mat.Dense {
			var x mat.Dense
			x.Mul(gaussian(rows, n, rng), half)
			return &x
		}
	}
	correlated := symmetric(n, func(i, j int) float64 { return math.Pow(0.7, math.Abs(float64(i-j))) })
	power := symmetric(n, func(i, j int) float64 {
		if i != j {
			return 0
		}
		return 1 / float64((i+1)*(i+1))
	})
	return []Distribution{
		{"ball", scaled(1 / float64(n+2)), func(rows int, rng *rand.Rand) *mat.Dense {
			x := gaussian(rows, n, rng)
			toBall(x, rng)
			return x
		}},
		{"Gaussian", scaled(1), each((*rand.Rand).NormFloat64)},
		{"correlated Gaussian", correlated, normal(correlated)},
		{"power-law spectrum", power, normal(power)},
		{"sparse", scaled(1), each(func(rng *rand.Rand) float64 {
			if rng.Float64() >= 0.1 {
				return 0
			}
			return math.Sqrt(10) * rng.NormFloat64()
		})},
		{"heavy-tailed", scaled(1), each(func(rng *rand.Rand) float64 {
			sum := 0.0
			for range 5 {
				z := rng.NormFloat64()
				sum += z * z
			}
			return rng.NormFloat64() * math.Sqrt(3/sum)
		})},
	}
}

func symmetric(n int, at func(i, j int) float64) *mat.SymDense {
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.SetSym(i, j, at(i, j))
		}
	}
	return s
}

// OnDistribution trains a map y = x C, C the settings' random matrix, on fresh batches of a distribution. It returns
// how far the learnt ranks are over training from the data-weighted decomposition, and from the plain one, see Apart.
func (r *Runner) OnDistribution(ctx context.Context, d Distribution, s SVDSettings) (weighted, plain Recovery,
	err error) {
	if err := s.complete(2000); err != nil {
		return weighted, plain, err
	}
	if n := d.Sigma.SymmetricDim(); n != s.Rows {
		return weighted, plain, fmt.Errorf("rows is %d, and %s inputs have %d", s.Rows, d.Name, n)
	}
	c, rng := s.matrix(), stream(s.Seed, dataStream)
	var eigen mat.EigenSym
	if !eigen.Factorize(d.Sigma, false) {
		return weighted, plain, fmt.Errorf("the second moment of %s has no eigenvalues", d.Name)
	}
	strongest := eigen.Values(nil)[s.Rows-1]
	if s.LR == 0 {
		s.LR = StableRate(s.Cols, strongest, Decompose(c).S[0]) / 3 // fresh batches are noisier than their mean
	}
	identity := symmetric(s.Rows, func(i, j int) float64 {
		if i == j {
			return 1
		}
		return 0
	})
	ofData, ofMap := DataWeighted(c.T(), d.Sigma), DataWeighted(c.T(), identity)
	_, _, _, err = r.Train(ctx, Problem{
		Outputs: s.Cols, Inputs: s.Rows, Rank: s.Rank, Rows: s.Batch, Fresh: true, Steps: s.Steps, Every: s.Every,
		Seed: s.Seed,
		Rate: settle(s.LR, s.Steps), Data: func(_, steps int) Batch {
			x := d.Draw(steps*s.Batch, rng)
			var y mat.Dense
			y.Mul(x, c)
			return NewBatch(x, &y, s.Batch)
		},
		Measure: func(step int, u, v *mat.Dense) {
			weighted.Steps, weighted.Apart = append(weighted.Steps, step), append(weighted.Apart, Apart(u, v, ofData))
			plain.Steps, plain.Apart = append(plain.Steps, step), append(plain.Apart, Apart(u, v, ofMap))
		},
	}, nil)
	if err != nil {
		return weighted, plain, fmt.Errorf("%s: %w", d.Name, err)
	}
	return weighted, plain, nil
}

// Last is the distance at the end.
func (r Recovery) Last() float64 { return r.Apart[len(r.Apart)-1] }

// Empirical draws the rows of x with replacement; its second moment is theirs, XᵀX over their number.
func Empirical(name string, x *mat.Dense) Distribution {
	rows, n := x.Dims()
	var moment mat.Dense
	moment.Mul(x.T(), x)
	return Distribution{name, symmetric(n, func(i, j int) float64 { return moment.At(i, j) / float64(rows) }),
		func(draws int, rng *rand.Rand) *mat.Dense {
			drawn := mat.NewDense(draws, n, nil)
			for i := range draws {
				drawn.SetRow(i, x.RawRowView(rng.IntN(rows)))
			}
			return drawn
		}}
}

// Patches are square parts of images, [count, side²], pixels in 0–1: of images of one channel, uint8 [n, height, width],
// where two pixels of the part differ by at least an eighth of the range, so that those of an empty margin are left
// out. It is an error where hardly any part is so.
func Patches(images []byte, height, width, side, count int, rng *rand.Rand) (*mat.Dense, error) {
	n := len(images) / (height * width)
	if n == 0 || side < 1 || side > min(height, width) {
		return nil, fmt.Errorf("patches: %d bytes are %d images of %d×%d, of which parts of %d×%d are asked for",
			len(images), n, height, width, side, side)
	}
	all := mat.NewDense(count, side*side, nil)
	patch := make([]float64, 0, side*side)
	for found, tried := 0, 0; found < count; tried++ {
		if tried > 1000*count {
			return nil, fmt.Errorf("patches: %d of %d parts of the images hold anything", found, tried)
		}
		at, top, left := rng.IntN(n), rng.IntN(height-side+1), rng.IntN(width-side+1)
		patch = patch[:0]
		for y := range side {
			for x := range side {
				patch = append(patch, float64(images[(at*height+top+y)*width+left+x])/255)
			}
		}
		if slices.Max(patch)-slices.Min(patch) < 0.125 {
			continue
		}
		all.SetRow(found, patch)
		found++
	}
	return all, nil
}
