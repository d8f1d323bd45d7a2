package sweep

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// ReadCSV reads the trials of a study back from what it was exported as, so that figures and tables can be made of a
// file that a paper or a repository has: their points, by the columns before that of the seed, their states and their
// outcomes. They have no folders, and of their settings those that the file says.
func ReadCSV(path string) ([]Trial, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(lines) == 0 || !slices.Contains(lines[0], "seed") {
		return nil, fmt.Errorf("%s: no study: a column seed is missing", path)
	}
	header := lines[0]
	axes := header[:slices.Index(header, "seed")]
	var trials []Trial
	for i, line := range lines[1:] {
		t, err := trialOf(row{header, line}, axes)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, i+2, err)
		}
		trials = append(trials, t)
	}
	return trials, nil
}

// row is a line of the file.
type row struct{ header, cells []string }

func (r row) text(column string) string {
	if i := slices.Index(r.header, column); i >= 0 {
		return r.cells[i]
	}
	return ""
}

// number is a cell's; NaN where it is empty.
func (r row) number(column string) (float64, error) {
	if text := r.text(column); text != "" {
		return strconv.ParseFloat(text, 64)
	}
	return math.NaN(), nil
}

func trialOf(r row, axes []string) (t Trial, err error) {
	t.Settings = runs.Defaults()
	t.Point.Names = axes
	for _, name := range axes {
		value := r.text(name)
		if err := t.Settings.Set(name, value); err != nil {
			return t, err
		}
		t.Point.Values = append(t.Point.Values, strings.Replace(value, "e-0", "e-", 1))
	}
	t.Point.Settings = t.Settings
	if err := t.Settings.Set("seed", r.text("seed")); err != nil {
		return t, err
	}
	t.Dir, t.State, t.Reason = r.text("run"), State(r.text("state")), r.text("reason")
	if t.Attempts, err = strconv.Atoi(r.text("attempts")); err != nil || t.State != Finished {
		return t, err
	}
	o := &Outcome{Best: math.NaN(), Data: r.text("data")}
	var failed error
	real := func(column string) float64 {
		x, err := r.number(column)
		failed = errors.Join(failed, err)
		return x
	}
	o.Loss, o.Accuracy = real("validation_loss"), real("validation_accuracy")
	o.TestLoss, o.TestAccuracy, o.Seconds = real("test_loss"), real("test_accuracy"), real("seconds")
	whole := func(column string) int64 {
		n, err := strconv.ParseInt(r.text(column), 10, 64)
		failed = errors.Join(failed, err)
		return n
	}
	o.Epochs, o.TotalRank, o.FullRank = int(whole("epochs")), int(whole("total_rank")), int(whole("full_rank"))
	o.Settled, o.Weights, o.MACs = int(whole("settled_epoch")), whole("weights"), whole("macs")
	o.Parameters = whole("parameters")
	t.Outcome = o
	return t, failed
}
