package figures

import (
	"fmt"

	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/plots"
)

// DeployedOver draws the networks of the deployment study whose test accuracy is at least the lowest, in percent,
// against what they cost: ladders and truncations as lines, and those that were trained by themselves as points, the
// seeds of a λ_gl as their mean with its spread. Networks of which the cost is not known, 0, are left out.
func DeployedOver(r *studies.DeploymentResult, lowest float64, what string,
	cost func(studies.DeployedModel) float64) (*plot.Plot, error) {
	ladders, trained := deployed(r, lowest, cost)
	return plots.AccuracyLadders(ladders, trained, deployedAxis(what, lowest))
}

// DeployedTimes draws them against the median time of a forward pass, at each of the batch sizes that were timed.
func DeployedTimes(r *studies.DeploymentResult, lowest float64) (figures []*plot.Plot, err error) {
	for i, batch := range r.Batches {
		ladders, trained := deployed(r, lowest, func(m studies.DeployedModel) float64 {
			if len(m.Times) == 0 {
				return 0
			}
			return m.Times[i].P50
		})
		figure, err := plots.AccuracyOverCost(append(ladders, trained...),
			deployedAxis(fmt.Sprintf("median milliseconds at batch %d", batch), lowest))
		if err != nil {
			return nil, err
		}
		figures = append(figures, figure)
	}
	return figures, nil
}

// MACs are those of a deployed network, for one example.
func MACs(m studies.DeployedModel) float64 { return float64(m.Size.MACs) }

// Parameters are all numbers that a deployed network has.
func Parameters(m studies.DeployedModel) float64 { return float64(m.Size.Parameters) }

func deployedAxis(what string, lowest float64) plots.CostAxis {
	axis := plots.CostAxis{Label: what, Log: true}
	if lowest > 0 {
		axis.Title = fmt.Sprintf("networks from %g %% on", lowest)
	}
	return axis
}

func deployed(r *studies.DeploymentResult, lowest float64, cost func(studies.DeployedModel) float64) (ladders,
	trained []plots.CostPoint) {
	var separate []studies.DeployedModel
	for _, m := range r.Models {
		p := plots.CostPoint{Label: m.Label, Cost: cost(m), Accuracy: m.Test.Accuracy}
		switch {
		case p.Cost == 0 || p.Accuracy < lowest:
		case !m.Trained:
			ladders = append(ladders, p)
		case m.Label == "non-factorised":
			trained = append(trained, p)
		default:
			separate = append(separate, m)
		}
	}
	for first := 0; first < len(separate); { // the seeds of a λ_gl come one after another
		next := first
		for next < len(separate) && separate[next].LambdaGL == separate[first].LambdaGL {
			next++
		}
		trained = append(trained, meanPoint(separate[first:next], cost))
		first = next
	}
	return ladders, trained
}

// meanPoint is the seeds of one setting as a point.
func meanPoint(seeds []studies.DeployedModel, cost func(studies.DeployedModel) float64) plots.CostPoint {
	n := float64(len(seeds))
	p := plots.CostPoint{Label: seeds[0].Label, Low: 100}
	for _, m := range seeds {
		p.Cost, p.Accuracy = p.Cost+cost(m)/n, p.Accuracy+m.Test.Accuracy/n
		p.Low, p.High = min(p.Low, m.Test.Accuracy), max(p.High, m.Test.Accuracy)
	}
	p.Low, p.High = min(p.Low, p.Accuracy), max(p.High, p.Accuracy) // rounding of the mean
	return p
}
