package train

import (
	"errors"
	"math"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// Schedule is the learning rate over a run.
type Schedule interface {
	// Rate is that of a step, from 0, of so many, for the settings' learning rate.
	Rate(lr float64, step, steps int) float64
}

// Constant is the settings' learning rate in every step.
type Constant struct{}

func (Constant) Rate(lr float64, _, _ int) float64 { return lr }

// MultiStep is a tenth from half of the steps on, and a hundredth from three quarters on.
type MultiStep struct{}

func (MultiStep) Rate(lr float64, step, steps int) float64 {
	switch done := float64(step) / float64(steps); {
	case done >= 0.75:
		return lr / 100
	case done >= 0.5:
		return lr / 10
	}
	return lr
}

// Cosine falls to zero along half a wave.
type Cosine struct{}

func (Cosine) Rate(lr float64, step, steps int) float64 {
	return lr * (1 + math.Cos(math.Pi*(float64(step)/float64(steps)))) / 2
}

// InverseSqrt falls as 1/√n of the number of the step, n from 1, once that is above Warmup, which is at least 1.
// Behind a Warmup of as many steps it is the schedule of Vaswani et al. 2017, section 5.3, in units of its peak:
// their rate is that of an lr of 1/√(width·warmup).
type InverseSqrt struct{ Warmup int }

func (w InverseSqrt) Rate(lr float64, step, _ int) float64 {
	return lr * math.Sqrt(float64(w.Warmup)/float64(max(step+1, w.Warmup)))
}

// Warmup lets another schedule's rate rise evenly from nothing over its first steps.
type Warmup struct {
	Steps int
	Then  Schedule
}

func (w Warmup) Rate(lr float64, step, steps int) float64 {
	rate := w.Then.Rate(lr, step, steps)
	if step+1 < w.Steps {
		rate *= float64(step+1) / float64(w.Steps)
	}
	return rate
}

const inverseSqrt = "inverse-sqrt"

// schedules are those that settings name.
func schedules() []named[func(runs.Settings) Schedule] {
	always := func(s Schedule) func(runs.Settings) Schedule { return func(runs.Settings) Schedule { return s } }
	return []named[func(runs.Settings) Schedule]{
		{"constant", always(Constant{})}, {"multistep", always(MultiStep{})}, {"cosine", always(Cosine{})},
		{inverseSqrt, func(s runs.Settings) Schedule { return InverseSqrt{s.Warmup} }},
	}
}

func checkWarmup(s runs.Settings) error {
	if s.Schedule == inverseSqrt && s.Warmup == 0 {
		return errors.New("schedule is inverse-sqrt, which falls once the learning rate has risen: set warmup to so " +
			"many steps")
	}
	return nil
}
