package linear_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/studies/linear"
)

// identity is the problem of learning y = 2 x of two numbers.
func identity() linear.Problem {
	x, y := mat.NewDense(2, 2, []float64{1, 0, 0, 1}), mat.NewDense(2, 2, []float64{2, 0, 0, 2})
	return linear.Problem{
		Outputs: 2, Inputs: 2, Rank: 2, Rows: 2, Data: func(int, int) linear.Batch { return linear.NewBatch(x, y, 2) },
		Steps: 500, Rate: func(int) float64 { return linear.StableRate(2, 0.5, 2) }, Every: 100, Seed: 3,
	}
}

// TestOwnProblem: a problem of one's own is learnt, also with a batch for each step, and measured when it says.
func TestOwnProblem(t *testing.T) {
	backend := testkit.Backend(t)
	for name, fresh := range map[string]bool{"one batch": false, "a batch a step": true} {
		p := identity()
		var at []int
		p.Measure = func(step int, _, _ *mat.Dense) { at = append(at, step) }
		if p.Fresh = fresh; fresh {
			one := p.Data(0, 1)
			p.Data = func(_, steps int) linear.Batch {
				all := linear.Batch{Weights: one.Weights}
				for range steps {
					all.X, all.Y = append(all.X, one.X...), append(all.Y, one.Y...)
				}
				return all
			}
		}
		u, v, _, err := linear.Train(t.Context(), backend, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		var learnt mat.Dense
		learnt.Mul(u, v.T())
		if !mat.EqualApprox(&learnt, mat.NewDense(2, 2, []float64{2, 0, 0, 2}), 1e-3) {
			t.Errorf("%s: learnt %v", name, mat.Formatted(&learnt))
		}
		if len(at) != 6 || at[0] != 0 || at[5] != 500 {
			t.Errorf("%s: measured at %v", name, at)
		}
	}
}

// TestBadProblems: what a problem lacks or has wrong is named in one line.
func TestBadProblems(t *testing.T) {
	backend := testkit.Backend(t)
	for say, spoil := range map[string]func(*linear.Problem){
		"needs Data and Rate":    func(p *linear.Problem) { p.Data = nil },
		"rank is 3":              func(p *linear.Problem) { p.Rank = 3 },
		"steps is 0":             func(p *linear.Problem) { p.Steps = 0 },
		"every is 0":             func(p *linear.Problem) { p.Every = 0 },
		"rows is 0":              func(p *linear.Problem) { p.Rows = 0 },
		"lambda_gl is NaN":       func(p *linear.Problem) { p.LambdaGL = math.NaN() },
		"unknown group lasso":    func(p *linear.Problem) { p.Lasso = lod.Lasso("other") },
		"the batch of step 1":    func(p *linear.Problem) { p.Fresh = true },
		"learning rate 1e+09 is": func(p *linear.Problem) { p.Rate = func(int) float64 { return 1e9 } },
		"stopped at step 0":      nil,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		p := identity()
		if spoil != nil {
			spoil(&p)
		} else {
			cancel()
		}
		_, _, _, err := linear.Train(ctx, backend, p, nil)
		if cancel(); err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, say)
		}
	}
}
