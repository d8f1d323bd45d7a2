package plots

import (
	"errors"
	"fmt"

	"gonum.org/v1/plot"
)

// Hypervolume draws how much of the plane of cost and score a sweep's Pareto front
// dominates, over the trials done: one step line a sweep, which keeps each value until
// the next. X are the trials, strictly rising, and Y the hypervolumes after them, on
// an axis fitted to these. A single sweep needs no label.
//
// It is an error if there is no sweep, or one has no label or that of another, no or
// not as many values as trials, trials that are negative or do not rise, or a
// negative hypervolume.
func Hypervolume(sweeps []Series) (*plot.Plot, error) {
	if err := checkHypervolume(sweeps); err != nil {
		return nil, err
	}
	p := New()
	p.X.Label.Text, p.X.Tick.Marker = "trials done", StepTicks{}
	last, values := 0.0, make([][]float64, len(sweeps))
	lines := make([]Line, len(sweeps))
	for i, s := range sweeps {
		last, values[i] = max(last, s.X[len(s.X)-1]), s.Y
		lines[i] = Line{Label: s.Label}
		lines[i].X, lines[i].Y = stepped(s.X, s.Y)
	}
	p.X.Min, p.X.Max = zeroRange(last)
	lo, hi := finiteRange(values, nil)
	p.Y.Min, p.Y.Max = fittedRange(lo, hi)
	p.Y.Label.Text, p.Y.Tick.Marker = "hypervolume", ValueAxis{}.ticks(hi)
	p.Add(NewGrid())

	StyleLines(lines)
	var entries []LegendEntry
	for i := range lines {
		if lines[i].Marked = nil; len(sweeps[i].X) == 1 {
			lines[i].Marked = []int{0}
		}
		p.Add(lines[i])
		e := lines[i].Entry()
		e.Marker = Marker{}
		if len(lines[i].Marked) > 0 {
			e.Marker = lines[i].Marker
		}
		entries = append(entries, e)
	}
	if len(sweeps) > 1 || sweeps[0].Label != "" {
		p.Add(NewLegend(entries...))
	}
	return p, nil
}

func checkHypervolume(sweeps []Series) error {
	if len(sweeps) == 0 {
		return errors.New("plots: no sweep to draw")
	}
	seen := map[string]bool{}
	for n, s := range sweeps {
		switch {
		case s.Label == "" && len(sweeps) > 1:
			return fmt.Errorf("plots: sweep %d has no label", n+1)
		case seen[s.Label]:
			return fmt.Errorf("plots: two sweeps have the label %q", s.Label)
		case len(s.X) == 0:
			return fmt.Errorf("plots: sweep %q has no trial", s.Label)
		case len(s.X) != len(s.Y):
			return fmt.Errorf("plots: sweep %q has %d hypervolumes for %d trials", s.Label, len(s.Y), len(s.X))
		}
		seen[s.Label] = true
		for i, x := range s.X {
			switch {
			case !(x >= 0) || !isFinite(x):
				return fmt.Errorf("plots: sweep %q has trial %g", s.Label, x)
			case i > 0 && x <= s.X[i-1]:
				return fmt.Errorf("plots: trials must rise, but in sweep %q %g follows %g", s.Label, x, s.X[i-1])
			case s.Y[i] < 0:
				return fmt.Errorf("plots: sweep %q has hypervolume %g after %g trials", s.Label, s.Y[i], x)
			}
		}
	}
	return nil
}
