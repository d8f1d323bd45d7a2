package linear

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// Timing is what a study's run cost.
type Timing struct {
	Compile time.Duration // building and compiling the training step, once; 0 where a study before had done it
	Train   time.Duration // all training steps, data transfers included, measuring left out
}

// Problem is one training of a factorised linear map y = U Vᵀ x by plain SGD on sampled ranks. [SVD], [PCA] and
// [Ordering] each are one; a study of one's own is another.
type Problem struct {
	Outputs, Inputs, Rank int // U is [Outputs, Rank] and V [Inputs, Rank]

	Rows  int  // examples in a batch
	Fresh bool // each step has a batch of its own; else all of a call of Data have the same one
	// Data returns the batches of the `steps` steps after step `first`: one of Rows examples, or with Fresh so many for
	// each step, one below the other.
	Data func(first, steps int) Batch
	// Change is a step after which Data gives another batch: no call of it asks for steps on both sides. 0 for none.
	Change int

	Steps    int
	Rate     func(step int) float64 // the learning rate of a step
	FullPass bool                   // adds the loss at full rank to the sampled one
	LambdaGL float64                // weight of the group lasso
	Lasso    lod.Lasso              // "" for lod.Hierarchical
	Seed     uint64                 // of the start and the sampled ranks
	// Sampler draws the ranks of the map, its only layer; nil for uniform without replacement. A lod.Learner learns the
	// norms whenever Measure is called.
	Sampler func(layers []lod.Layer, seed uint64) (lod.Sampler, error)

	Every int // steps from one call of Measure to the next; it is called before the first step and after the last, too
	// Measure is called with copies of the factors, U [Outputs, Rank] and V [Inputs, Rank].
	Measure func(step int, u, v *mat.Dense)

	diverged func() string // says why training diverged, and what to do; nil blames the rate
}

// Train trains a problem and returns the learnt factors, U [Outputs, Rank] and V [Inputs, Rank].
func Train(ctx context.Context, backend compute.Backend, p Problem, progress cache.Progress) (
	u, v *mat.Dense, timing Timing, err error,
) {
	r := NewRunner(backend)
	defer r.Close()
	return r.Train(ctx, p, progress)
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

// Train is the function of that name; the Runner keeps what it compiles.
func (r *Runner) Train(ctx context.Context, p Problem, progress cache.Progress) (
	u, v *mat.Dense, timing Timing, err error,
) {
	if p.Lasso == "" {
		p.Lasso = lod.Hierarchical
	}
	if err := p.check(); err != nil {
		return nil, nil, Timing{}, err
	}
	shape := p.loopShape()
	l, timing, err := r.loop(shape)
	if err != nil {
		return nil, nil, Timing{}, err
	}
	w, err := p.train(ctx, l, shape, progress)
	if err != nil {
		return nil, nil, Timing{}, err
	}
	timing.Train = l.trained
	u, v = w.dense(p.Outputs, p.Inputs)
	return u, v, timing, nil
}

func (p Problem) check() error {
	if p.Data == nil || p.Rate == nil {
		return errors.New("a problem needs Data and Rate")
	}
	return firstError(
		positive("outputs", p.Outputs), positive("inputs", p.Inputs), within("rank", p.Rank, p.Outputs, p.Inputs),
		positive("rows", p.Rows), positive("steps", p.Steps), positive("every", p.Every),
		notNegative("lambda_gl", p.LambdaGL), p.Lasso.Check(),
	)
}

func (p Problem) loopShape() loopShape {
	shape := loopShape{
		outputs: p.Outputs, inputs: p.Inputs, rank: p.Rank, rows: p.Rows, batches: 1,
		fullPass: p.FullPass, lambda: p.LambdaGL, lasso: p.Lasso, stretch: min(p.Every, p.Steps),
	}
	if p.Fresh {
		perStep := shape.rows * (shape.inputs + shape.outputs)
		shape.stretch = min(shape.stretch, max(1, mostDrawn/perStep))
		shape.batches = shape.stretch
	}
	return shape
}

func (p Problem) train(ctx context.Context, l *loop, shape loopShape, progress cache.Progress) (w factors, err error) {
	draw, learn, err := p.sampler()
	if err != nil {
		return w, err
	}
	w = start(shape, stream(p.Seed, startStream))
	p.measure(0, w)
	if err := learn(w); err != nil {
		return w, err
	}
	ranks, rates := make([]int32, shape.stretch), make([]float32, shape.stretch)
	for step := 0; step < p.Steps; {
		if err := ctx.Err(); err != nil {
			return w, fmt.Errorf("stopped at step %d of %d: %w", step, p.Steps, err)
		}
		n := min(shape.stretch, p.Steps-step, p.Every-step%p.Every)
		if step < p.Change {
			n = min(n, p.Change-step)
		}
		for i := range n {
			ranks[i], rates[i] = draw(), float32(p.Rate(step+i))
		}
		data, err := p.data(step, n)
		if err != nil {
			return w, err
		}
		if w, err = l.run(ctx, w, data, ranks[:n], rates[:n]); err != nil {
			return w, err
		}
		step += n
		if !w.finite() {
			return w, fmt.Errorf("training diverged before step %d: %s", step, p.cause(step))
		}
		if step%p.Every == 0 || step == p.Steps {
			p.measure(step, w)
			if err := learn(w); err != nil {
				return w, err
			}
		}
		progress.Tell("training", step, p.Steps)
	}
	return w, nil
}

// sampler returns what draws the rank of the next step, and what tells the sampler of the factors.
func (p Problem) sampler() (draw func() int32, learn func(factors) error, err error) {
	learn = func(factors) error { return nil }
	if p.Sampler == nil {
		uniform, err := lod.NewUniform([]int{p.Rank}, stream(p.Seed, samplerStream))
		return func() int32 { return int32(uniform.Next().Rank) }, learn, err
	}
	layers := []lod.Layer{{Name: "map", Outputs: p.Outputs, Inputs: p.Inputs, Stored: p.Rank, Rank: p.Rank}}
	sampler, err := p.Sampler(layers, p.Seed)
	if err != nil {
		return nil, nil, err
	}
	if learner, ok := sampler.(lod.Learner); ok {
		learn = func(w factors) error {
			u, v := w.dense(p.Outputs, p.Inputs)
			return learner.Learn([][]float64{Importances(u, v)})
		}
	}
	return func() int32 { return sampler.Draw().Ranks[0] }, learn, nil
}

// data asks for the batches of some steps, and checks that they are what was asked for.
func (p Problem) data(first, steps int) (Batch, error) {
	batches := 1
	if p.Fresh {
		batches = steps
	}
	b := p.Data(first, steps)
	rows := batches * p.Rows
	if len(b.X) != rows*p.Inputs || len(b.Y) != rows*p.Outputs || len(b.Weights) != p.Rows {
		return b, fmt.Errorf("the batch of step %d has %d numbers for x, %d for y and %d weights: "+
			"%d rows of %d inputs and %d outputs have %d and %d, and %d weights", first+1, len(b.X), len(b.Y),
			len(b.Weights),
			rows, p.Inputs, p.Outputs, rows*p.Inputs, rows*p.Outputs, p.Rows)
	}
	return b, nil
}

func (p Problem) cause(step int) string {
	if p.diverged != nil {
		return p.diverged()
	}
	return fmt.Sprintf("the learning rate %.3g is too large for this problem; lower it", p.Rate(step-1))
}

func (p Problem) measure(step int, w factors) {
	if p.Measure != nil {
		u, v := w.dense(p.Outputs, p.Inputs)
		p.Measure(step, u, v)
	}
}

// divergence says why the training of a study diverged: lr is the learning rate in the target's own units, asked is
// lr as it was set, 0 where it was derived.
func divergence(lr, asked, lambda float64) func() string {
	return func() string {
		switch {
		case asked > 0:
			return fmt.Sprintf("the learning rate %.3g is too large for this problem; "+
				"lower lr or leave it out to have it derived", lr)
		case lambda > 0:
			return fmt.Sprintf("lambda_gl %g outweighs the errors of data of this scale; lower it", lambda)
		}
		return fmt.Sprintf("the derived learning rate %.3g is too large for this problem; set a lower lr", lr)
	}
}
