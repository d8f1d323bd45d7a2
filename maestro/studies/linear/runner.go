package linear

import "github.com/gomlx/compute"

// Runner runs studies one after another on one backend, such as one at each position of a slider. Compiling the
// training loop takes most of a small study's time. A Runner compiles it once for all studies whose shapes, kind of
// lasso and number of steps between two measurements agree; data, seeds, rates and λ_gl may differ. It keeps what it
// compiled until Close. Two goroutines must not use a Runner at once.
type Runner struct {
	backend compute.Backend
	loops   map[loopShape]*loop
}

// NewRunner returns a Runner that has compiled nothing yet.
func NewRunner(backend compute.Backend) *Runner {
	return &Runner{backend: backend, loops: map[loopShape]*loop{}}
}

// Close frees what was compiled.
func (l *Runner) Close() {
	for shape, one := range l.loops {
		one.close()
		delete(l.loops, shape)
	}
}

// loop returns a training loop of the shape, and what compiling it has cost now.
func (l *Runner) loop(shape loopShape) (*loop, Timing, error) {
	key := shape
	if key.lambda > 0 {
		key.lambda = 1 // it is a run-time input, but for whether there is one
	}
	if one, ok := l.loops[key]; ok {
		one.lambda, one.trained = float32(shape.lambda), 0
		return one, Timing{}, nil
	}
	one, err := newLoop(l.backend, shape)
	if err != nil {
		return nil, Timing{}, err
	}
	l.loops[key] = one
	return one, Timing{Compile: one.compiled}, nil
}
