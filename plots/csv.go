package plots

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// WriteCSV writes the numbers behind a figure as a tidy table: the header
// step,rank,value,exact and then one observation a row, by step and then by
// rank, ranks counting from 1. Floats are written with the fewest digits that
// read back as the same number; the exact column is empty where the value is
// not known. The error is that of [CheckCurves], or w's.
func WriteCSV(w io.Writer, c Curves) error {
	if err := CheckCurves(c); err != nil {
		return err
	}
	t := newTable(w, "step", "rank", "value", "exact")
	for i, step := range c.Steps {
		for k, row := range c.Values {
			exact := ""
			if c.Exact != nil && !math.IsNaN(c.Exact[k]) {
				exact = formatFloat(c.Exact[k])
			}
			t.row(strconv.Itoa(step), strconv.Itoa(k+1), formatFloat(row[i]), exact)
		}
	}
	return t.close()
}

// WriteSeriesCSV writes the numbers behind [TotalRank] or [ValidationAccuracy]
// as [WriteCSV] does, under label,run,x,value: runs of one label are numbered
// from 1, and x is the epoch. The error is that of the figure, or w's.
func WriteSeriesCSV(w io.Writer, runs []Series) error {
	if err := checkSeries(runs); err != nil {
		return err
	}
	t := newTable(w, "label", "run", "x", "value")
	count := map[string]int{}
	for _, r := range runs {
		count[r.Label]++
		for i, x := range r.X {
			t.row(r.Label, strconv.Itoa(count[r.Label]), formatFloat(x), formatFloat(r.Y[i]))
		}
	}
	return t.close()
}

// WriteLayerRanksCSV writes the numbers behind [RanksByLayer] as [WriteCSV]
// does, under label,layer,rank,full. The error is that of the figure, or w's.
func WriteLayerRanksCSV(w io.Writer, layers []string, full []int, runs []LabelledRanks) error {
	if err := checkLayerRanks(layers, full, runs); err != nil {
		return err
	}
	t := newTable(w, "label", "layer", "rank", "full")
	for _, r := range runs {
		for i, layer := range layers {
			t.row(r.Label, layer, strconv.Itoa(r.Ranks[i]), strconv.Itoa(full[i]))
		}
	}
	return t.close()
}

// WriteHeatMapCSV writes the numbers behind [ImportanceHeatMap] as [WriteCSV]
// does, under epoch,rank,value, without the ranks that were cut away. The error
// is that of the figure, or w's.
func WriteHeatMapCSV(w io.Writer, epochs []int, importance [][]float64) error {
	if err := checkHeatMap(epochs, importance); err != nil {
		return err
	}
	t := newTable(w, "epoch", "rank", "value")
	for i, row := range importance {
		for k, v := range row {
			if !math.IsNaN(v) {
				t.row(strconv.Itoa(epochs[i]), strconv.Itoa(k+1), formatFloat(v))
			}
		}
	}
	return t.close()
}

// WriteCostCSV writes the numbers behind [AccuracyOverCost] as [WriteCSV] does,
// under label,cost,accuracy,low,high, the last two empty where there is no
// spread. The error is that of the figure, or w's.
func WriteCostCSV(w io.Writer, points []CostPoint) error {
	if err := checkCosts(points); err != nil {
		return err
	}
	t := newTable(w, "label", "cost", "accuracy", "low", "high")
	for _, pt := range points {
		low, high := "", ""
		if pt.spread() {
			low, high = formatFloat(pt.Low), formatFloat(pt.High)
		}
		t.row(pt.Label, formatFloat(pt.Cost), formatFloat(pt.Accuracy), low, high)
	}
	return t.close()
}

// WriteSweepCSV writes the numbers behind [SweepFront] as [WriteCSV] does, under
// kind,label,cost,cost_deviation,score,score_deviation,front,partial, where kind is
// point, baseline or rung. Rungs have no more than a label, a cost and a score. The
// error is that of the figure, but for its axis, or w's.
func WriteSweepCSV(w io.Writer, s Sweep) error {
	if err := checkSweep(s); err != nil {
		return err
	}
	t := newTable(w, "kind", "label", "cost", "cost_deviation", "score", "score_deviation", "front", "partial")
	for n, pt := range slices.Concat(s.Points, s.Baselines) {
		kind := "point"
		if n >= len(s.Points) {
			kind = "baseline"
		}
		t.row(kind, pt.Label, formatFloat(pt.Cost), formatFloat(pt.CostDeviation), formatFloat(pt.Score),
			formatFloat(pt.ScoreDeviation), strconv.FormatBool(pt.Front), strconv.FormatBool(pt.Partial))
	}
	for _, r := range s.Rungs {
		t.row("rung", r.Label, formatFloat(r.Cost), "", formatFloat(r.Accuracy), "", "", "")
	}
	return t.close()
}

// WriteLambdaCSV writes the numbers behind [LambdaCurves] as [WriteCSV] does, under
// label,lambda_gl,mean,deviation, the last empty where there is none. The error is
// that of the figure, but for its axis, or w's.
func WriteLambdaCSV(w io.Writer, curves []LambdaCurve) error {
	if err := checkLambda(curves); err != nil {
		return err
	}
	t := newTable(w, "label", "lambda_gl", "mean", "deviation")
	for _, cv := range curves {
		for i, l := range cv.Lambda {
			deviation := ""
			if cv.Deviation != nil && !math.IsNaN(cv.Deviation[i]) {
				deviation = formatFloat(cv.Deviation[i])
			}
			t.row(cv.Label, formatFloat(l), formatFloat(cv.Mean[i]), deviation)
		}
	}
	return t.close()
}

// WriteHypervolumeCSV writes the numbers behind [Hypervolume] as [WriteCSV] does,
// under label,trials,hypervolume. The error is that of the figure, or w's.
func WriteHypervolumeCSV(w io.Writer, sweeps []Series) error {
	if err := checkHypervolume(sweeps); err != nil {
		return err
	}
	t := newTable(w, "label", "trials", "hypervolume")
	for _, s := range sweeps {
		for i, x := range s.X {
			t.row(s.Label, formatFloat(x), formatFloat(s.Y[i]))
		}
	}
	return t.close()
}

// table is a CSV file being written, whose close tells of any error before.
type table struct{ out *csv.Writer }

func newTable(w io.Writer, header ...string) table {
	t := table{csv.NewWriter(w)}
	t.row(header...)
	return t
}

// row leaves its error to close: the csv writer keeps the first one.
func (t table) row(fields ...string) { _ = t.out.Write(fields) }

func (t table) close() error {
	t.out.Flush()
	if err := t.out.Error(); err != nil {
		return fmt.Errorf("plots: write csv: %w", err)
	}
	return nil
}

func formatFloat(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
