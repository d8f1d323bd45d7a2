package runs

import "github.com/maestro-lod/notebook/maestro/lod/layer"

// Size is what a network takes once deployed: each layer in two factors where that is smaller, else in one matrix.
type Size struct {
	layer.Cost
	Parameters int64 `csv:"parameters"` // all trainable numbers; 0 where they were not counted
}

// Result is a network that was measured: the one of a run, or one that was cut out of it.
type Result struct {
	Size
	Validation float64  `csv:"validation_accuracy"` // percent, with recalibrated batch norms
	Test       Measured `csv:"test_"`
	Ranks      []int    `csv:"ranks"` // of every layer
}

// TotalRank is Σ rᵢ.
func (r Result) TotalRank() (sum int) {
	for _, rank := range r.Ranks {
		sum += rank
	}
	return sum
}

// Result is the network of the run's newest whole checkpoint; its test split must have been measured.
func (r *Run) Result() (result Result, err error) {
	if result.Test, err = ReadTest(r.Dir); err != nil {
		return result, err
	}
	layers, err := r.Layers()
	if err != nil {
		return result, err
	}
	for _, l := range layers {
		result.Cost = result.Cost.Plus(l.Deployed())
		result.Ranks = append(result.Ranks, l.Rank)
	}
	result.Validation = r.Last().ValidationAccuracy
	result.Parameters, err = r.Parameters()
	return result, err
}
