package linear

// Curves is one quantity measured for every rank over training.
type Curves struct {
	Steps  []int       // the training steps it was measured at, rising
	Values [][]float64 // Values[k][i] is rank k+1 at Steps[i]
	Exact  []float64   // the exact value of each rank, NaN where there is none; nil when none is known
}

// NewCurves returns curves of so many ranks with no step yet. exact may be nil.
func NewCurves(ranks int, exact []float64) Curves {
	return Curves{Values: make([][]float64, ranks), Exact: exact}
}

// Add appends the values of all ranks at a step.
func (c *Curves) Add(step int, values []float64) {
	c.Steps = append(c.Steps, step)
	for k, v := range values {
		c.Values[k] = append(c.Values[k], v)
	}
}

// Last is the final value of every rank.
func (c Curves) Last() []float64 {
	last := make([]float64, len(c.Values))
	for k, values := range c.Values {
		last[k] = values[len(values)-1]
	}
	return last
}
