package ops

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// mostSites is how many dropouts a step may have, each with random numbers of its own.
const mostSites = 1 << 20

// Dropout puts zeros in place of a share `rate` of the entries of x and divides the others by 1 − rate (Srivastava et
// al. 2014). random is uint64 [2], a seed and the number of a step; together with site, the number of the dropout
// within the step, they say which entries: the same each time.
func Dropout(x, random *Node, site int, rate float64) *Node {
	seed, step := Slice(random, AxisRange(0, 1)), Slice(random, AxisRange(1, 2))
	// XLA's Philox counts up from the middle number, so the last sets sites and steps apart.
	state := Concatenate([]*Node{seed, ZerosLike(seed), AddScalar(MulScalar(step, mostSites), float64(site))}, 0)
	_, uniform := RandomUniform(state, shapes.Make(dtypes.Float32, x.Shape().Dimensions...))
	kept := GreaterOrEqual(uniform, Scalar(x.Graph(), dtypes.Float32, rate))
	// Behind a barrier XLA draws the mask once; without one it fuses the generator into each use, and draws twice a step.
	kept = OptimizationBarriers(kept, ScalarZero(x.Graph(), dtypes.Float32))[0]
	return Where(kept, MulScalar(x, 1/(1-rate)), ZerosLike(x))
}
