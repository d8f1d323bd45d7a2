package sweep

import (
	"fmt"
	"strconv"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// Rows are the trials as a table, one a row: the axes' settings, the seed, where it is, and what the run's newest epoch
// and the test split say. Cells of what is not known are empty.
func Rows(trials []Trial) (header []string, rows [][]string) {
	if len(trials) > 0 {
		header = append(header, trials[0].Point.Names...)
	}
	header = append(header, "seed", "state", "run", "epoch", "validation_loss", "validation_accuracy", "total_rank", "weights", "macs",
		"test_loss", "test_accuracy", "seconds", "reason")
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for _, t := range trials {
		row := append([]string{}, t.Point.Values...)
		row = append(row, fmt.Sprint(t.Settings.Seed), string(t.State), runs.Name(t.Dir))
		if t.Run == nil || len(t.Run.History) == 0 {
			row = append(row, "", "", "", "", "", "", "", "", "", t.Reason)
			rows = append(rows, row)
			continue
		}
		last, seconds := t.Run.Last(), 0.0
		for _, epoch := range t.Run.History {
			seconds += epoch.Seconds
		}
		row = append(row, fmt.Sprint(last.Epoch), number(last.ValidationLoss), number(last.ValidationAccuracy), fmt.Sprint(last.TotalRank),
			fmt.Sprint(last.Weights), fmt.Sprint(last.MACs))
		if test, err := runs.ReadTest(t.Dir); err == nil {
			row = append(row, number(test.Loss), number(test.Accuracy))
		} else {
			row = append(row, "", "")
		}
		rows = append(rows, append(row, number(seconds), t.Reason))
	}
	return header, rows
}
