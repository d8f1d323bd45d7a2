package linear

// StableRate is the learning rate that the studies derive for a map of so many outputs whose inputs have the second
// moment s in E[x xᵀ] = s·I, 1/n for the identity matrix of n rows, and whose largest singular value is σ₁.
func StableRate(outputs int, secondMoment, largest float64) float64 {
	return derivedRate(stableShare, outputs, secondMoment, largest)
}

// derivedRate is the learning rate of plain SGD that suits a linear study of any shape and scale.
//
// With inputs of second moment s·I and errors averaged over m outputs the loss is (s/m)‖UVᵀ − C‖²_F. Its steepest
// curvature at the exact, balanced factors is 4 s σ₁/m, so steps are stable below m/(2 s σ₁); the rate is a fixed share
// of the natural unit m/(s σ₁).
func derivedRate(share float64, outputs int, secondMoment, largest float64) float64 {
	return share * float64(outputs) / (secondMoment * largest)
}

// stableShare is 0.6 of the largest stable rate. The authors' fixed rates on their 9×6 matrix are 0.09 (0.5, SVD
// recovery) and 0.46 (10, ordering) of the unit.
const stableShare = 0.3

// derivedSteps is how long a study of the given rank needs: base steps up to rank `upTo`, and beyond it in proportion
// to the square, since every rank is drawn less often and the gaps between singular values narrow, both as 1/rank.
func derivedSteps(base, upTo, rank int) int {
	const most = 200_000
	return min(most, base*max(upTo*upTo, rank*rank)/(upTo*upTo))
}

// constant keeps the rate. Over a fixed batch that converges to the exact decomposition, where every rank's gradient
// is zero.
func constant(rate float64) func(int) float64 { return func(int) float64 { return rate } }

// settle keeps the rate for half of the steps and then lowers it in a straight line to zero. Inputs drawn at random
// leave noise in the gradients of truncated ranks even at the exact decomposition, and this averages it away.
func settle(rate float64, steps int) func(int) float64 {
	return func(step int) float64 {
		return rate * min(1, 2*float64(steps-step)/float64(steps))
	}
}

// startSuits is the largest singular value of a target that suits the start, whose weights are about 1: the authors'
// 9×6 matrix has 9.5, and random targets are drawn like it.
const startSuits = 9.5

// trainingUnit is what a given target of largest singular value σ₁ is divided by for training, so that it is learnt in
// the same way whatever units it is in: beside the start, one of another scale would diverge, or never be reached. In
// these units a rate counts unit times as much, a lasso unit^−1.5 times, and the factors are √unit times as large again
// in the end.
func trainingUnit(largest float64) float64 { return largest / startSuits }
