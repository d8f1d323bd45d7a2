package train

import (
	"math"
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

// schedules are those that settings name.
func schedules() []named[Schedule] {
	return []named[Schedule]{{"constant", Constant{}}, {"multistep", MultiStep{}}, {"cosine", Cosine{}}}
}
