package linear

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// loop trains one factorised linear map by plain SGD on the double-sampling loss
//
//	Σ_rows w ‖U_{:b}V_{:b}ᵀx − y‖² / (m Σ w)  [ + the same at full rank ]  + λ_gl · group lasso
//
// a stretch of steps at a time. The steps of a stretch run inside one XLA While, because on problems this small the
// calls would take most of the time; a backend without While or DynamicSlice gets one call a step. Ranks, rates,
// data, weights and λ_gl are all run-time inputs: one compilation serves the whole study, and the next one.
type loop struct {
	shape    loopShape
	lambda   float32 // of the present run
	exec     *graph.Exec
	inside   bool // the steps of a stretch run inside the executable
	compiled time.Duration
	trained  time.Duration
}

// loopShape is everything the compiled step depends on.
type loopShape struct {
	outputs, inputs, rank int // of the map
	rows                  int // examples in a batch
	batches               int // batches in a stretch's data: `stretch`, or 1 for the same one every step
	stretch               int // most steps in one call
	fullPass              bool
	lambda                float64 // λ_gl; only whether it is 0 is compiled in, as a step without the lasso is quicker
	lasso                 lod.Lasso
}

func newLoop(backend compute.Backend, shape loopShape) (*loop, error) {
	can := backend.Capabilities()
	inside := can.Functions && can.Operations[compute.OpTypeDynamicSlice]
	l := &loop{shape: shape, lambda: float32(shape.lambda), inside: inside}
	if !l.inside {
		l.shape.stretch = 1
	}
	build := l.oneStep
	if l.inside {
		build = l.manySteps
	}
	var err error
	if l.exec, err = graph.NewExec(backend, build); err != nil {
		return nil, err
	}
	l.exec.SetMaxCache(1) // a second compilation would be a mistake of ours; make it an error
	start := time.Now()
	if _, err := l.exec.Compile(l.inputShapes()...); err != nil {
		return nil, fmt.Errorf("compiling the training step for a %d×%d map of rank %d: %w",
			shape.outputs, shape.inputs, shape.rank, err)
	}
	l.compiled = time.Since(start)
	return l, nil
}

func (l *loop) close() { l.exec.Finalize() }

func (l *loop) inputShapes() []shapes.Shape {
	s := l.shape
	batches := s.batches
	if !l.inside {
		batches = 1
	}
	f := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
	return []shapes.Shape{
		f(s.outputs, s.rank), f(s.inputs, s.rank),
		f(batches, s.rows, s.inputs), f(batches, s.rows, s.outputs), f(s.rows),
		shapes.Make(dtypes.Int32, l.shape.stretch), f(l.shape.stretch), f(), shapes.Make(dtypes.Int32),
	}
}

// run takes len(ranks) ≤ stretch steps and returns the new factors. ranks holds the sampled rank of each step and rates
// its learning rate.
func (l *loop) run(ctx context.Context, w factors, data Batch, ranks []int32, rates []float32) (factors, error) {
	defer func(start time.Time) { l.trained += time.Since(start) }(time.Now())
	if l.inside {
		return l.call(w, data, ranks, rates)
	}
	for i := range ranks {
		if err := ctx.Err(); err != nil {
			return w, err
		}
		one := data
		if l.shape.batches > 1 {
			nx, ny := l.shape.rows*l.shape.inputs, l.shape.rows*l.shape.outputs
			one.X, one.Y = data.X[i*nx:(i+1)*nx], data.Y[i*ny:(i+1)*ny]
		}
		var err error
		if w, err = l.call(w, one, ranks[i:i+1], rates[i:i+1]); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (l *loop) call(w factors, data Batch, ranks []int32, rates []float32) (factors, error) {
	in := l.inputShapes()
	args := []any{
		filled(w.u, in[0]), filled(w.v, in[1]), filled(data.X, in[2]), filled(data.Y, in[3]),
		filled(data.Weights, in[4]),
		filled(ranks, in[5]), filled(rates, in[6]), tensors.FromScalar(l.lambda), tensors.FromScalar(int32(len(ranks))),
	}
	out, err := l.exec.Call(args...)
	if err != nil {
		return w, err
	}
	defer func() {
		for _, t := range append(out, tensorsOf(args)...) {
			_ = t.FinalizeAll()
		}
	}()
	if w.u, err = tensors.CopyFlatData[float32](out[0]); err != nil {
		return w, err
	}
	w.v, err = tensors.CopyFlatData[float32](out[1])
	return w, err
}

// filled makes a tensor of a compiled-in shape; a short last stretch leaves its end zero.
func filled[T int32 | float32](flat []T, shape shapes.Shape) *tensors.Tensor {
	if missing := shape.Size() - len(flat); missing > 0 {
		flat = append(slices.Clone(flat), make([]T, missing)...)
	}
	return tensors.FromFlatDataAndDimensions(flat, shape.Dimensions...)
}

func tensorsOf(args []any) []*tensors.Tensor {
	ts := make([]*tensors.Tensor, len(args))
	for i, a := range args {
		ts[i] = a.(*tensors.Tensor)
	}
	return ts
}
