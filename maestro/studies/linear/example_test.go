package linear_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/studies/linear"
)

// A study of one's own: a circulant matrix, y = x C with C[i, j] = cos(2π(i−j)/8) + ½ cos(4π(i−j)/8), has four ranks,
// in two pairs. Sampling finds how many there are, and the plane of each pair.
func ExampleTrain() {
	ctx := context.Background()
	backend, err := device.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	const n = 8
	c, eye := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
	for i := range n {
		eye.Set(i, i, 1)
		for j := range n {
			turn := 2 * math.Pi * float64(i-j) / n
			c.Set(i, j, math.Cos(turn)+math.Cos(2*turn)/2)
		}
	}
	exact := linear.Decompose(c.T()) // U Vᵀ is learnt to be Cᵀ
	rate := linear.StableRate(n, 1./n, exact.S[0])
	batch := linear.NewBatch(eye, c, n)
	distance := linear.NewCurves(n, nil)
	u, v, _, err := linear.Train(ctx, backend, linear.Problem{
		Outputs: n, Inputs: n, Rank: n,
		Rows: n, Data: func(int, int) linear.Batch { return batch },
		Steps: 4000, Rate: func(int) float64 { return rate }, Seed: 1,
		Every: 400, Measure: func(step int, u, v *mat.Dense) { distance.Add(step, linear.Distances(u, v, exact)) },
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("exact:  %.1f\nlearnt: %.1f\n", exact.S, linear.Importances(u, v))
	last := distance.Last()
	fmt.Printf("cut to rank 2 it is %.1f from the best matrix of that rank, to rank 4 %.1f\n", last[1], last[3])
	// Output:
	// exact:  [4.0 4.0 2.0 2.0 0.0 0.0 0.0 0.0]
	// learnt: [4.0 4.0 2.0 2.0 0.0 0.0 0.0 0.0]
	// cut to rank 2 it is 0.0 from the best matrix of that rank, to rank 4 0.0
}
