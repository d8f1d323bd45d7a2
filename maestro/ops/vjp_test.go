package ops

import (
	"math"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
)

// TestWithVJP: the gradients are those that were given, here three and five times the true ones, also where an input is
// used beside, where one result goes into another, and where no gradient is asked for.
func TestWithVJP(t *testing.T) {
	product := func(a, b *Node) *Node {
		sa, sb := StopGradient(a), StopGradient(b)
		return WithVJP(Mul(sa, sb), []*Node{a, b}, func(g *Node) []*Node {
			return []*Node{MulScalar(Mul(g, sb), 3), MulScalar(Mul(g, sa), 5)}
		})
	}
	for name, c := range map[string]struct {
		loss func(a, b *Node) *Node
		want [2]float64 // by a = 2 and b = 7
	}{
		"once":        {func(a, b *Node) *Node { return product(a, b) }, [2]float64{3 * 7, 5 * 2}},
		"used beside": {func(a, b *Node) *Node { return Add(product(a, b), a) }, [2]float64{3*7 + 1, 5 * 2}},
		"nested": {func(a, b *Node) *Node { return product(product(a, b), b) },
			[2]float64{3 * 7 * 3 * 7, 3*7*5*2 + 5*14}},
	} {
		out := MustExecOnceN(testkit.Backend(t), func(in []*Node) []*Node {
			y := c.loss(in[0], in[1])
			return append([]*Node{y}, Gradient(ReduceAllSum(y), in[0], in[1])...)
		}, []float64{2}, []float64{7})
		for i, want := range c.want {
			if got := tensors.MustCopyFlatData[float64](out[i+1])[0]; got != want {
				t.Errorf("%s: the gradient by input %d is %g, want %g", name, i, got, want)
			}
		}
	}
	y := MustExecOnce(testkit.Backend(t), product, []float64{2}, []float64{7})
	if tensors.MustCopyFlatData[float64](y)[0] != 14 {
		t.Errorf("without a gradient 2·7 is %s", y)
	}
}

// TestWithVJPNamesTheMistake: a function that returns fewer gradients than there are inputs is told so.
func TestWithVJPNamesTheMistake(t *testing.T) {
	_, err := ExecOnceN(testkit.Backend(t), func(in []*Node) []*Node {
		a, b := StopGradient(in[0]), StopGradient(in[1])
		y := WithVJP(Mul(a, b), in, func(g *Node) []*Node { return []*Node{Mul(g, b)} })
		return Gradient(ReduceAllSum(y), in...)
	}, []float64{2}, []float64{7})
	if err == nil || !strings.Contains(err.Error(), "1 gradients for 2 inputs") {
		t.Errorf("error %v", err)
	}
}

// TestNorms: tail sums and square roots with their gradients, which at a square of zero is zero.
func TestNorms(t *testing.T) {
	out := MustExecOnceN(testkit.Backend(t), func(in []*Node) []*Node {
		tails := TailSums(in[0])
		roots := SafeSqrt(tails)
		return []*Node{tails, roots, Gradient(ReduceAllSum(roots), in[0])[0]}
	}, []float64{9, 12, 4, 0})
	root := math.Sqrt(25)
	gradient := []float64{1 / (2 * root), 1/(2*root) + 1./8, 1/(2*root) + 1./8 + 1./4, 1/(2*root) + 1./8 + 1./4}
	for i, want := range [][]float64{{25, 16, 4, 0}, {5, 4, 2, 0}, gradient} {
		for j, got := range tensors.MustCopyFlatData[float64](out[i]) {
			if math.Abs(got-want[j]) > 1e-12 {
				t.Errorf("output %d at %d: %g, want %g", i, j, got, want[j])
			}
		}
	}
}
