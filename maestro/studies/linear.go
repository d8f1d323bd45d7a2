package studies

import "github.com/gomlx/compute"

// Linear runs linear studies one after another on one backend, such as one at each position of a slider. Compiling the
// training loop takes most of a small study's time. It is done once for all studies whose shapes, kind of lasso and
// number of steps between two measurements agree; data, seeds, rates and λ_gl may differ. What was compiled is kept until
// Close. A Linear is not for two goroutines at once.
type Linear struct {
	backend compute.Backend
	loops   map[loopShape]*loop
}

// NewLinear returns a Linear that has compiled nothing yet.
func NewLinear(backend compute.Backend) *Linear {
	return &Linear{backend: backend, loops: map[loopShape]*loop{}}
}

// Close frees what was compiled.
func (l *Linear) Close() {
	for shape, one := range l.loops {
		one.close()
		delete(l.loops, shape)
	}
}

// loop returns a training loop of the shape, and what compiling it has cost now.
func (l *Linear) loop(shape loopShape) (*loop, Timing, error) {
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
