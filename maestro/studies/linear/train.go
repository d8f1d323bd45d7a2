package linear

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// Timing is what a study's run cost.
type Timing struct {
	Compile time.Duration // building and compiling the training step, once; 0 where a study before had done it
	Train   time.Duration // all training steps, data transfers included, measuring left out
}

// run is one training of a linear map: what differs between the studies.
type run struct {
	shape loopShape
	steps int
	every int // measure each so many steps, and at the end

	// change is a step after which the data is another: no stretch goes on over it. 0 for none.
	change int

	lr    float64                         // the learning rate in the target's own units, which an error names
	asked float64                         // lr as it was set; 0 where it was derived
	lasso float64                         // lambda_gl as it was set
	rate  func(step int) float64          // learning rate of a step, in the units of the data
	fresh bool                            // a batch of its own for every step, in place of the same one
	data  func(first, steps int) batch    // the data of the stretch of `steps` steps after step `first`
	seen  func(step int, u, v *mat.Dense) // called with the factors at each measurement
}

// mostDrawn bounds the numbers drawn at a time for steps with fresh batches: 2 million float32, 8 MB.
const mostDrawn = 2 << 20

// The streams of random numbers a seed is split into, so that changing how many one of them uses leaves the others be.
const (
	targetStream = iota + 1
	startStream
	samplerStream
	dataStream
)

func stream(seed uint64, which uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, which)) }

// train runs the steps and returns the final factors.
func (r run) train(ctx context.Context, programs *Runner, seed uint64, progress cache.Progress) (factors, Timing, error) {
	shape := r.shape
	shape.stretch = min(r.every, r.steps)
	if r.fresh {
		perStep := shape.rows * (shape.inputs + shape.outputs)
		shape.stretch = min(shape.stretch, max(1, mostDrawn/perStep))
		shape.batches = shape.stretch
	}
	l, timing, err := programs.loop(shape)
	if err != nil {
		return factors{}, Timing{}, err
	}
	sampler, err := lod.NewUniform([]int{shape.rank}, stream(seed, samplerStream))
	if err != nil {
		return factors{}, Timing{}, err
	}
	w := start(shape, stream(seed, startStream))
	r.look(0, w)
	ranks, rates := make([]int32, shape.stretch), make([]float32, shape.stretch)
	for step := 0; step < r.steps; {
		if err := ctx.Err(); err != nil {
			return factors{}, Timing{}, fmt.Errorf("stopped at step %d of %d: %w", step, r.steps, err)
		}
		n := min(shape.stretch, r.steps-step, r.every-step%r.every)
		if step < r.change {
			n = min(n, r.change-step)
		}
		for i := range n {
			ranks[i], rates[i] = int32(sampler.Next().Rank), float32(r.rate(step+i))
		}
		if w, err = l.run(ctx, w, r.data(step, n), ranks[:n], rates[:n]); err != nil {
			return factors{}, Timing{}, err
		}
		step += n
		if !w.finite() {
			return factors{}, Timing{}, fmt.Errorf("training diverged before step %d: %s", step, r.cause())
		}
		if step%r.every == 0 || step == r.steps {
			r.look(step, w)
		}
		progress.Tell("training", step, r.steps)
	}
	timing.Train = l.trained
	return w, timing, nil
}

// cause says why training diverged, and what to do.
func (r run) cause() string {
	switch {
	case r.asked > 0:
		return fmt.Sprintf("the learning rate %.3g is too large for this problem; lower lr or leave it out to have it derived", r.lr)
	case r.lasso > 0:
		return fmt.Sprintf("lambda_gl %g outweighs the errors of data of this scale; lower it", r.lasso)
	}
	return fmt.Sprintf("the derived learning rate %.3g is too large for this problem; set a lower lr", r.lr)
}

func (r run) look(step int, w factors) {
	u, v := w.dense(r.shape.outputs, r.shape.inputs)
	r.seen(step, u, v)
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
