package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
)

// History draws one column of a run's history over epochs in the way of [TotalRank], on an axis that says what the
// column is: "loss" and "validation_loss" in words on a logarithmic axis, other columns of history.csv in words and
// units, and any other name as it stands, on a linear axis that includes 0. The error is that of [TotalRank], but that
// negative values are one only for losses.
func History(column string, runs []Series) (*plot.Plot, error) {
	label := column
	switch column {
	case "loss":
		return TrainingLoss(runs)
	case "validation_loss":
		return drawLogSeries(runs, quantity{name: "loss", label: "validation loss", most: math.Inf(1)})
	case "validation_accuracy":
		return ValidationAccuracy(runs)
	case "total_rank":
		return TotalRank(runs)
	case "step":
		label = "training steps"
	case "weights":
		label = "weights of the deployed network"
	case "macs":
		label = "MACs of the deployed network"
	case "step_ms":
		label = "time of a step (ms)"
	case "seconds":
		label = "time of an epoch (s)"
	case "train_macs":
		label = "MACs of a training step"
	}
	p, err := drawSeries(runs, quantity{
		name: column, label: label, least: math.Inf(-1), most: math.Inf(1), rangeOf: linearRange,
	})
	if err == nil && slices.Contains([]string{"step", "weights", "macs", "train_macs"}, column) {
		p.Y.Tick.Marker = CostTicks{}
	}
	return p, err
}
