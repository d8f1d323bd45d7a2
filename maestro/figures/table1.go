package figures

import (
	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/plots"
)

// Table1 is the runs behind Table 1, read once.
type Table1 struct {
	rows    []studies.Table1Row
	variant map[*runs.Run]studies.Variant
	runs    []*runs.Run // those that are trained from their start over all epochs
}

// ReadTable1 opens the runs of the rows.
func ReadTable1(rows []studies.Table1Row) (*Table1, error) {
	t := &Table1{rows: rows, variant: map[*runs.Run]studies.Variant{}}
	for _, row := range rows {
		if row.Variant.CutOut() {
			continue
		}
		for _, one := range row.Runs {
			r, err := runs.Read(one.Dir)
			if err != nil {
				return nil, err
			}
			t.runs, t.variant[r] = append(t.runs, r), row.Variant
		}
	}
	return t, nil
}

// Of are the runs of some of the variants.
func (t *Table1) Of(some func(studies.Variant) bool) (of []*runs.Run) {
	for _, r := range t.runs {
		if some(t.variant[r]) {
			of = append(of, r)
		}
	}
	return of
}

// Curves are a column of the histories of some of the variants, under their titles.
func (t *Table1) Curves(some func(studies.Variant) bool, column func(runs.Row) float64) []plots.Series {
	return Histories(t.Of(some), func(r *runs.Run) string { return t.variant[r].Title }, column)
}

// OverMACs draws the test accuracy of every run against the MACs of its network, one look a family.
func (t *Table1) OverMACs() (*plot.Plot, error) {
	return t.over("MACs", func(r studies.Table1Run) float64 { return float64(r.MACs) })
}

// OverParameters draws it against its parameters.
func (t *Table1) OverParameters() (*plot.Plot, error) {
	return t.over("parameters", func(r studies.Table1Run) float64 { return float64(r.Parameters) })
}

func (t *Table1) over(what string, cost func(studies.Table1Run) float64) (*plot.Plot, error) {
	var points []plots.CostPoint
	for _, row := range t.rows {
		if row.Variant.NoShrink {
			continue // trained as the one that shrinks
		}
		for _, r := range row.Runs {
			points = append(points, plots.CostPoint{Label: row.Variant.Family(), Cost: cost(r),
				Accuracy: r.Test.Accuracy})
		}
	}
	return plots.AccuracyOverCost(points, plots.CostAxis{Label: what})
}
