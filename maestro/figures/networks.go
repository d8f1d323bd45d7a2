package figures

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/plots"
)

// Lambda is what figures call a λ_gl.
func Lambda(value float64) string { return fmt.Sprintf("λ_gl = %g", value) }

// ByLambda labels a run by its λ_gl.
func ByLambda(r *runs.Run) string { return Lambda(r.Config.Settings.LambdaGL) }

// TotalRanks draws the total rank of runs over epochs, a line a label. Runs that have none yet are left out.
func TotalRanks(all []*runs.Run, label func(*runs.Run) string) (*plot.Plot, error) {
	var series []plots.Series
	for _, r := range all {
		line := plots.Series{Label: label(r)}
		if line.X, line.Y = studies.TotalRanks(r); len(line.X) > 0 {
			series = append(series, line)
		}
	}
	return plots.TotalRank(series)
}

// Histories are a column of the runs' histories over epochs, under their labels.
func Histories(all []*runs.Run, label func(*runs.Run) string, column func(runs.Row) float64) (series []plots.Series) {
	for _, r := range all {
		line := plots.Series{Label: label(r)}
		for _, row := range r.History {
			line.X, line.Y = append(line.X, float64(row.Epoch)), append(line.Y, column(row))
		}
		series = append(series, line)
	}
	return series
}

// Accuracy is the column of a history that has the accuracy on the validation split, in percent.
func Accuracy(r runs.Row) float64 { return r.ValidationAccuracy }

// Loss is the column of the training loss.
func Loss(r runs.Row) float64 { return r.Loss }

// LayerRanks draws the rank that each layer has left in the newest epoch: bars of the first run of each λ_gl above 0.
func LayerRanks(all []*runs.Run) (*plot.Plot, error) {
	var layers []string
	var full []int
	var bars []plots.LabelledRanks
	for _, r := range all {
		label := ByLambda(r)
		if r.Config.Settings.LambdaGL == 0 ||
			slices.ContainsFunc(bars, func(b plots.LabelledRanks) bool { return b.Label == label }) {
			continue
		}
		bar := plots.LabelledRanks{Label: label}
		layers, full, bar.Ranks = r.LayerRanks()
		bars = append(bars, bar)
	}
	return plots.RanksByLayer(layers, full, bars)
}

// OverMACs draws the test accuracy of each λ_gl against the MACs of its networks, as means over the seeds.
func OverMACs(all []studies.Summary) (*plot.Plot, error) {
	return overCost(all, "MACs", func(s studies.Summary) float64 { return s.MACs })
}

// OverWeights draws it against their weights.
func OverWeights(all []studies.Summary) (*plot.Plot, error) {
	return overCost(all, "weights", func(s studies.Summary) float64 { return s.Weights })
}

func overCost(all []studies.Summary, what string, cost func(studies.Summary) float64) (*plot.Plot, error) {
	var points []plots.CostPoint
	for _, s := range all {
		points = append(points, plots.CostPoint{Label: Lambda(s.LambdaGL), Cost: cost(s), Accuracy: s.Accuracy,
			Low: s.LowAccuracy, High: s.HighAccuracy})
	}
	return plots.AccuracyOverCost(points, plots.CostAxis{Label: what})
}
