package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
)

// Series is one quantity of one training run over its epochs. Runs of the same
// label are seeds of one setting.
type Series struct {
	// Label names the setting, such as "λ_gl = 1e-3", whose gl is set as an index.
	Label string

	// X are epochs, strictly rising, and Y the values at them. Where a value is
	// NaN or infinite a figure has a gap.
	X, Y []float64
}

// TotalRank draws the sum of all layers' ranks over epochs, one line a setting in
// the order of first mention. Seeds of one setting are drawn as their median on
// a band from the least to the greatest, at each epoch of those that have it.
// It is an error if there is no run, or one has no label, no or not as many
// values as epochs, epochs that do not rise, or a negative rank.
func TotalRank(runs []Series) (*plot.Plot, error) {
	return drawSeries(runs, quantity{
		name: "total rank", label: "total rank Σᵢ rᵢ", most: math.Inf(1),
		rangeOf: func(_, hi float64) (float64, float64) { return zeroRange(hi) },
	})
}

// ValidationAccuracy draws accuracy in percent over epochs in the way of
// [TotalRank], on an axis fitted to the data: one early value far below the
// others takes most of it, and [ValidationError] shows those better. Values
// outside 0 to 100 are an error.
func ValidationAccuracy(runs []Series) (*plot.Plot, error) {
	return drawSeries(runs, quantity{
		name: "accuracy", label: "validation accuracy (%)", most: 100, rangeOf: percentRange,
	})
}

// ValidationError draws the error, 100 − accuracy, of runs whose Y are accuracies
// in percent, on a logarithmic axis, and otherwise as [ValidationAccuracy]. There
// the last tenths that good runs differ by are as plain as the first epochs.
// Errors of zero are drawn at the smallest positive one.
func ValidationError(runs []Series) (*plot.Plot, error) {
	if _, err := ValidationAccuracy(runs); err != nil {
		return nil, err // in terms of the accuracies that were given
	}
	errs := slices.Clone(runs)
	for i, r := range runs {
		errs[i].Y = make([]float64, len(r.Y))
		for k, accuracy := range r.Y {
			errs[i].Y[k] = 100 - accuracy
		}
	}
	return drawLogSeries(errs, quantity{name: "error", label: "validation error (%)", most: 100})
}

// TrainingLoss draws the loss that training minimised over epochs, on a
// logarithmic axis, and otherwise as [TotalRank]. Losses of zero are drawn at the
// smallest positive one; negative ones are an error.
func TrainingLoss(runs []Series) (*plot.Plot, error) {
	return drawLogSeries(runs, quantity{name: "loss", label: "training loss", most: math.Inf(1)})
}

// drawLogSeries draws what is 0 or more on a logarithmic axis.
func drawLogSeries(runs []Series, q quantity) (*plot.Plot, error) {
	if err := checkSeries(runs); err != nil {
		return nil, err
	}
	if err := q.check(runs); err != nil {
		return nil, err
	}
	values := make([][]float64, len(runs))
	for i, r := range runs {
		values[i] = r.Y
	}
	raised := slices.Clone(runs)
	for i, y := range floored(values) {
		raised[i].Y = y
	}
	q.rangeOf = func(lo, hi float64) (float64, float64) {
		if lo > hi {
			return 1, 100 // nothing finite to draw
		}
		return widened(lo, hi)
	}
	p, err := drawSeries(raised, q)
	if err != nil {
		return nil, err
	}
	p.Y.Scale, p.Y.Tick.Marker = LogScale{}, CostTicks{Log: true, Apart: 0.08}
	return p, nil
}

// quantity is what one figure of series has that another has not.
type quantity struct {
	name, label string
	least, most float64 // the smallest and the largest value there can be
	rangeOf     func(lo, hi float64) (float64, float64)
}

func (q quantity) check(runs []Series) error {
	for _, r := range runs {
		for i, v := range r.Y {
			if v < q.least || v > q.most {
				return fmt.Errorf("plots: run %q has %s %g at epoch %g, want %g to %g", r.Label, q.name, v, r.X[i],
					q.least, q.most)
			}
		}
	}
	return nil
}

func drawSeries(runs []Series, q quantity) (*plot.Plot, error) {
	if err := checkSeries(runs); err != nil {
		return nil, err
	}
	if err := q.check(runs); err != nil {
		return nil, err
	}
	p := New()
	p.X.Label.Text, p.X.Tick.Marker = "epoch", StepTicks{}
	p.Y.Label.Text, p.Y.Tick.Marker = q.label, LinearTicks{}

	first, last := math.Inf(1), math.Inf(-1)
	var values [][]float64
	for _, r := range runs {
		first, last = math.Min(first, r.X[0]), math.Max(last, r.X[len(r.X)-1])
		values = append(values, r.Y)
	}
	p.X.Min, p.X.Max = airyRange(first, last)
	p.Y.Min, p.Y.Max = q.rangeOf(finiteRange(values, nil))
	p.Add(NewGrid())

	groups := bySetting(runs)
	curves, bands := make([]Line, len(groups)), make([]Band, len(groups))
	for i, seeds := range groups {
		curves[i], bands[i] = summary(seeds)
	}
	StyleLines(curves)
	entries := make([]LegendEntry, len(curves))
	for i, cv := range curves {
		entries[i] = cv.Entry()
		if len(groups[i]) > 1 {
			bands[i].Color = SeeThrough(cv.Style.Color)
			p.Add(bands[i])
		}
	}
	for _, cv := range curves {
		p.Add(cv)
	}
	p.Add(NewLegend(entries...))
	return p, nil
}

func checkSeries(runs []Series) error {
	if len(runs) == 0 {
		return errors.New("plots: no run to draw")
	}
	for n, r := range runs {
		switch {
		case r.Label == "":
			return fmt.Errorf("plots: run %d has no label", n+1)
		case len(r.X) == 0:
			return fmt.Errorf("plots: run %q has no epoch", r.Label)
		case len(r.X) != len(r.Y):
			return fmt.Errorf("plots: run %q has %d values for %d epochs", r.Label, len(r.Y), len(r.X))
		}
		for i, x := range r.X {
			if !isFinite(x) {
				return fmt.Errorf("plots: run %q has epoch %g", r.Label, x)
			}
			if i > 0 && x <= r.X[i-1] {
				return fmt.Errorf("plots: epochs must rise, but in run %q epoch %g follows epoch %g", r.Label, x,
					r.X[i-1])
			}
		}
	}
	return nil
}
