package sweep

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// Table is a study's trials, one a row. Cells of what is not known are empty in a CSV file, and null in a Parquet file.
type Table struct {
	Columns []Column
	Rows    [][]any // string, int64 or float64, by the column; nil where it is not known
}

// Kind is what the cells of a column are.
type Kind int

const (
	Text Kind = iota
	Whole
	Real
)

// Column is one of a table's.
type Column struct {
	Name string
	Kind Kind
}

// TableOf has a row for each trial, with the axes' settings, the seed, where it is and what it is worth.
func TableOf(trials []Trial) (t Table) {
	var axes []string
	for _, one := range trials {
		for _, name := range one.Point.Names {
			if !slices.Contains(axes, name) {
				axes = append(axes, name)
			}
		}
	}
	kinds := make([]Kind, len(axes))
	for i, name := range axes {
		kinds[i] = kindOf(trials, name)
		t.Columns = append(t.Columns, Column{name, kinds[i]})
	}
	t.Columns = append(t.Columns, Column{"seed", Whole}, Column{"state", Text}, Column{"run", Text},
		Column{"attempts", Whole},
		Column{"epochs", Whole}, Column{"validation_loss", Real}, Column{"validation_accuracy", Real},
		Column{"total_rank", Whole},
		Column{"full_rank", Whole}, Column{"weights", Whole}, Column{"parameters", Whole}, Column{"macs", Whole},
		Column{"settled_epoch", Whole}, Column{"test_loss", Real}, Column{"test_accuracy", Real},
		Column{"seconds", Real},
		Column{"data", Text}, Column{"reason", Text})
	for _, one := range trials {
		row := make([]any, 0, len(t.Columns))
		for i, name := range axes {
			at := slices.Index(one.Point.Names, name)
			if at < 0 {
				row = append(row, nil)
				continue
			}
			row = append(row, cell(kinds[i], one.Point.Values[at]))
		}
		row = append(row, int64(one.Settings.Seed), string(one.State), one.Name(), int64(one.Attempts))
		if o := one.Outcome; o != nil {
			row = append(row, int64(o.Epochs), real(o.Loss), real(o.Accuracy), int64(o.TotalRank), int64(o.FullRank),
				o.Weights,
				o.Parameters, o.MACs, int64(o.Settled), real(o.TestLoss), real(o.TestAccuracy), o.Seconds, o.Data)
		} else {
			row = append(row, make([]any, 13)...)
		}
		t.Rows = append(t.Rows, append(row, one.Reason))
	}
	return t
}

func real(x float64) any {
	if math.IsNaN(x) {
		return nil
	}
	return x
}

// kindOf is what all the values of an axis can be read as.
func kindOf(trials []Trial, name string) Kind {
	kind := Whole
	for _, t := range trials {
		at := slices.Index(t.Point.Names, name)
		if at < 0 {
			continue
		}
		if _, err := strconv.ParseInt(t.Point.Values[at], 10, 64); err != nil && kind == Whole {
			kind = Real
		}
		if _, err := strconv.ParseFloat(t.Point.Values[at], 64); err != nil {
			return Text
		}
	}
	return kind
}

func cell(k Kind, value string) any {
	switch k {
	case Whole:
		n, _ := strconv.ParseInt(value, 10, 64)
		return n
	case Real:
		x, _ := strconv.ParseFloat(value, 64)
		return x
	}
	return value
}

// Estimate is how long trials that are left will take, by those that are finished; ok is false where none is.
func Estimate(trials []Trial, left, workers int) (d time.Duration, ok bool) {
	each := Seconds(trials)
	return time.Duration(each * float64(left) / float64(max(workers, 1)) * float64(time.Second)), each > 0
}
