package runs

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
)

// Row is one epoch of history.csv.
type Row struct {
	Epoch              int     `csv:"epoch"` // from 1
	Step               int     `csv:"step"`  // steps done
	Loss               float64 `csv:"loss"`  // mean of the training loss over the epoch
	ValidationLoss     float64 `csv:"validation_loss"`
	ValidationAccuracy float64 `csv:"validation_accuracy"` // percent; NaN of a task without
	TotalRank          int     `csv:"total_rank"`          // Σ r_i after shrinking
	Weights            int64   `csv:"weights"`             // of the deployed network, biases left out
	MACs               int64   `csv:"macs"`                // of the deployed network
	StepMS             float64 `csv:"step_ms"`             // mean milliseconds a step took
	Seconds            float64 `csv:"seconds"`             // the epoch took, measuring included
	// TrainMACs are the multiply-adds of a training step's forward passes for one example, dead columns included; 0
	// in old tables.
	TrainMACs int64 `csv:"train_macs,optional"`
}

// LayerRank is one layer at the end of one epoch, a row of ranks.csv; epoch 0 is the start.
type LayerRank struct {
	Epoch int    `csv:"epoch"`
	Layer string `csv:"layer"`
	Full  int    `csv:"full"` // the rank it started at
	Rank  int    `csv:"rank"`
}

// Importance is ‖U_{b:}‖‖V_{b:}‖ of one alive rank b of a layer at the end of an epoch, a row of importance.csv.
type Importance struct {
	Epoch int     `csv:"epoch"`
	Layer string  `csv:"layer"`
	Rank  int     `csv:"rank"` // from 1
	Value float64 `csv:"importance,%.6g"`
}

// Metric is one of a task's metrics other than the accuracy, of a split at the end of an epoch, a row of metrics.csv.
// A run whose task has none has no such table.
type Metric struct {
	Epoch int     `csv:"epoch"`
	Split string  `csv:"split"` // validation or test
	Name  string  `csv:"metric"`
	Value float64 `csv:"value"`
}

// ReadMetrics reads a run's metrics.csv, also while the run goes on; there are none where it has no such table.
func ReadMetrics(run string) ([]Metric, error) {
	rows, err := csvfile.ReadRows[Metric](filepath.Join(run, "metrics.csv"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return rows, err
}

// AppendMetrics adds metrics to a run's metrics.csv.
func AppendMetrics(run string, metrics []Metric) error {
	if len(metrics) == 0 {
		return nil
	}
	return csvfile.AppendRows(filepath.Join(run, "metrics.csv"), metrics...)
}

// ReadHistory reads a run's history.csv, also while the run goes on.
func ReadHistory(run string) ([]Row, error) {
	return csvfile.ReadRows[Row](filepath.Join(run, "history.csv"))
}

// ReadRanks reads a run's ranks.csv, also while the run goes on.
func ReadRanks(run string) ([]LayerRank, error) {
	return csvfile.ReadRows[LayerRank](filepath.Join(run, "ranks.csv"))
}

// ReadImportance reads ‖U_{b:}‖‖V_{b:}‖ of a layer's alive ranks at the end of every epoch, [epoch][rank]; epoch 0
// is the start. Epochs at whose end no rank was left have none, also the last ones.
func ReadImportance(run, layer string) (importance [][]float64, err error) {
	ranks, err := ReadRanks(run)
	for _, r := range ranks {
		if r.Layer == layer {
			importance = append(importance, make([][]float64, max(0, r.Epoch+1-len(importance)))...)
		}
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	rows, err := csvfile.ReadRows[Importance](filepath.Join(run, "importance.csv"))
	for _, r := range rows {
		if r.Layer == layer {
			importance = append(importance, make([][]float64, max(0, r.Epoch+1-len(importance)))...)
			importance[r.Epoch] = append(importance[r.Epoch], r.Value)
		}
	}
	return importance, err
}

// AppendRow adds an epoch to a run's history.csv.
func AppendRow(run string, r Row) error {
	return csvfile.AppendRows(filepath.Join(run, "history.csv"), r)
}

// AppendRanks adds the layers at the end of an epoch to a run's ranks.csv and importance.csv.
func AppendRanks(run string, ranks []LayerRank, importance []Importance) error {
	return errors.Join(csvfile.AppendRows(filepath.Join(run, "ranks.csv"), ranks...),
		csvfile.AppendRows(filepath.Join(run, "importance.csv"), importance...))
}
