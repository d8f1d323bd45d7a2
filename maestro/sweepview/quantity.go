package sweepview

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/plots"
)

// Quantity is something that is known of every point.
type Quantity struct {
	Of   func(sweep.Summary) sweep.Spread
	Axis plots.ValueAxis
}

// Accuracy is that on the validation split, in percent.
func Accuracy() Quantity {
	return Quantity{func(s sweep.Summary) sweep.Spread { return s.Accuracy },
		plots.ValueAxis{Label: "validation accuracy (%)", Percent: true}}
}

// Loss is that on the validation split.
func Loss() Quantity {
	return Quantity{func(s sweep.Summary) sweep.Spread { return s.Loss },
		plots.ValueAxis{Label: "validation loss", LowerBetter: true}}
}

// Perplexity is e to the loss on the validation split, of sequences that are trained without label smoothing: over the
// seeds its geometric mean, with the deviation to first order.
func Perplexity() Quantity {
	return Quantity{func(s sweep.Summary) sweep.Spread {
		mean := math.Exp(s.Loss.Mean)
		return sweep.Spread{Mean: mean, Deviation: mean * s.Loss.Deviation}
	}, plots.ValueAxis{Label: "validation perplexity", LowerBetter: true}}
}

// MACs are the multiply-adds of the deployed network, in thousands.
func MACs() Quantity {
	return Quantity{func(s sweep.Summary) sweep.Spread {
		return sweep.Spread{Mean: s.MACs.Mean / 1000, Deviation: s.MACs.Deviation / 1000}
	}, plots.ValueAxis{Label: "MACs (k)", Zero: true, LowerBetter: true}}
}

// Rank is the total rank.
func Rank() Quantity {
	return Quantity{func(s sweep.Summary) sweep.Spread { return s.Rank },
		plots.ValueAxis{Label: "total rank Σᵢ rᵢ", Zero: true, LowerBetter: true}}
}

// Settled is the epoch from whose end on the total rank stays.
func Settled() Quantity {
	return Quantity{func(s sweep.Summary) sweep.Spread { return s.Settled },
		plots.ValueAxis{Label: "epochs until ranks settle", Zero: true, LowerBetter: true}}
}

// score is the accuracy, or the loss of a task without one.
func score(points []sweep.Summary) Quantity {
	for _, p := range points {
		if p.Seeds > 0 && math.IsNaN(p.Accuracy.Mean) {
			return Loss()
		}
	}
	return Accuracy()
}

// symbol is what a figure calls a setting.
func symbol(setting string) string {
	switch setting {
	case "lambda_gl":
		return "λ_gl"
	case "eps_ps":
		return "ε_ps"
	}
	return strings.ReplaceAll(setting, "_", " ")
}

// symbols are those of the axes of points.
func symbols(names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, symbol(name))
	}
	return strings.Join(all, ", ")
}

// named is the values of a point with their settings' symbols, but for those of one setting.
func named(p sweep.Point, without string) string {
	var all []string
	for i, name := range p.Names {
		if name != without {
			all = append(all, symbol(name)+" = "+p.Values[i])
		}
	}
	return strings.Join(all, ", ")
}

// finished are the points of trials of which a seed is finished. It is an error where there are none.
func finished(trials []sweep.Trial) ([]sweep.Summary, error) {
	all := slices.DeleteFunc(sweep.Summarise(trials), func(s sweep.Summary) bool { return s.Seeds == 0 })
	if len(all) == 0 {
		return nil, fmt.Errorf("none of %d trials is finished", len(trials))
	}
	return all, nil
}
