package sweepview

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/plots"
)

// Front draws the points' score over their MACs, means over the seeds with one standard deviation both ways, with the
// Pareto front, and the rungs of ladders as small dots. Points without MACs, as of networks that lost every rank, are
// left out.
func Front(trials []sweep.Trial) (*plot.Plot, error) {
	of, by, err := front(trials)
	if err != nil {
		return nil, err
	}
	return plots.SweepFront(of, plots.CostAxis{Label: "MACs", Split: "validation"}, by.Axis)
}

func front(trials []sweep.Trial) (of plots.Sweep, by Quantity, err error) {
	points, err := finished(trials)
	if err != nil {
		return of, by, err
	}
	by = score(points)
	of = costing(points, func(s sweep.Summary) sweep.Spread { return s.MACs }, by)
	for _, c := range sweep.Candidates(trials, sweep.MACs) {
		if c.Step > 0 && c.Network.MACs > 0 {
			rung := plots.CostPoint{Cost: float64(c.Network.MACs), Accuracy: c.Network.Accuracy}
			if by.Axis.LowerBetter {
				rung.Accuracy = c.Network.Loss
			}
			of.Rungs = append(of.Rungs, rung)
		}
	}
	if len(of.Points) == 0 {
		err = fmt.Errorf("all %d points lost every rank: lower λ_gl", len(points))
	}
	return of, by, err
}

// Over draws a quantity of the points over another, such as the perplexity over the total rank: means over the seeds
// with one standard deviation both ways, and the Pareto front of the two, of which less of the cost is better. Points
// that cost nothing are left out.
func Over(trials []sweep.Trial, cost, score Quantity) (*plot.Plot, error) {
	of, err := over(trials, cost, score)
	if err != nil {
		return nil, err
	}
	return plots.SweepFront(of, plots.CostAxis{Label: cost.Axis.Label, Split: "validation"}, score.Axis)
}

func over(trials []sweep.Trial, cost, score Quantity) (of plots.Sweep, err error) {
	points, err := finished(trials)
	if err != nil {
		return of, err
	}
	of = costing(points, cost.Of, score)
	if len(of.Points) == 0 {
		return of, fmt.Errorf("all %d points have no %s", len(points), cost.Axis.Label)
	}
	better := func(a, b float64) bool { return a > b }
	if score.Axis.LowerBetter {
		better = func(a, b float64) bool { return a < b }
	}
	for i, p := range of.Points {
		of.Points[i].Front = !slices.ContainsFunc(of.Points, func(q plots.SweepPoint) bool {
			return better(q.Score, p.Score) && q.Cost <= p.Cost || q.Score == p.Score && q.Cost < p.Cost
		})
	}
	return of, nil
}

// costing are the points that cost something, at their cost and score, with the front of accuracy over MACs.
func costing(points []sweep.Summary, cost func(sweep.Summary) sweep.Spread, score Quantity) plots.Sweep {
	of := plots.Sweep{Setting: symbols(points[0].Point.Names)}
	for _, p := range points {
		if x, y := cost(p), score.Of(p); x.Mean > 0 {
			of.Points = append(of.Points, plots.SweepPoint{Label: strings.Join(p.Point.Values, ", "), Cost: x.Mean,
				CostDeviation: x.Deviation, Score: y.Mean, ScoreDeviation: y.Deviation, Front: p.Front,
				Partial: p.Seeds < p.Planned})
		}
	}
	return of
}

// Curves draws a quantity over λ_gl with its spread over the seeds, a line for each choice of the other axes.
func Curves(trials []sweep.Trial, q Quantity) (*plot.Plot, error) {
	curves, err := curves(trials, q)
	if err != nil {
		return nil, err
	}
	return plots.LambdaCurves(curves, q.Axis)
}

func curves(trials []sweep.Trial, q Quantity) (curves []plots.LambdaCurve, err error) {
	points, err := finished(trials)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(points[0].Point.Names, "lambda_gl") {
		return nil, fmt.Errorf("the axes are %s: curves want lambda_gl on one", symbols(points[0].Point.Names))
	}
	slices.SortStableFunc(points, func(a, b sweep.Summary) int {
		return cmp.Compare(a.Point.Settings.LambdaGL, b.Point.Settings.LambdaGL)
	})
	for _, p := range points {
		label := cmp.Or(named(p.Point, "lambda_gl"), q.Axis.Label)
		at := slices.IndexFunc(curves, func(c plots.LambdaCurve) bool { return c.Label == label })
		if at < 0 {
			at = len(curves)
			curves = append(curves, plots.LambdaCurve{Label: label})
		}
		c, value := &curves[at], q.Of(p)
		c.Lambda = append(c.Lambda, p.Point.Settings.LambdaGL)
		c.Mean, c.Deviation = append(c.Mean, value.Mean), append(c.Deviation, value.Deviation)
	}
	return curves, nil
}

// HeatMap draws a quantity over the two axes of a study, the first across.
func HeatMap(trials []sweep.Trial, q Quantity) (*plot.Plot, error) {
	g, err := grid(trials, q)
	if err != nil {
		return nil, err
	}
	return plots.SweepHeatMap(g, q.Axis)
}

func grid(trials []sweep.Trial, q Quantity) (g plots.SweepGrid, err error) {
	points := sweep.Summarise(trials)
	if len(points) == 0 || len(points[0].Point.Names) != 2 {
		return g, fmt.Errorf("%d points: a heat map wants a study with two axes", len(points))
	}
	names := points[0].Point.Names
	g = plots.SweepGrid{Across: symbol(names[0]), Up: symbol(names[1]), Columns: values(points, 0), Rows: values(points, 1)}
	for range g.Rows {
		g.Cells = append(g.Cells, make([]plots.SweepCell, len(g.Columns)))
	}
	for _, p := range points {
		cell := plots.SweepCell{Value: q.Of(p).Mean, Seeds: p.Seeds}
		for _, state := range sweep.States() {
			if p.Failed[state] > 0 && p.Seeds == 0 {
				cell.Reason = string(state)
			}
		}
		g.Seeds = max(g.Seeds, p.Planned)
		g.Cells[slices.Index(g.Rows, p.Point.Values[1])][slices.Index(g.Columns, p.Point.Values[0])] = cell
	}
	return g, nil
}

// values are those of an axis, in the order of numbers where all are.
func values(points []sweep.Summary, axis int) (all []string) {
	for _, p := range points {
		if v := p.Point.Values[axis]; !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	slices.SortStableFunc(all, func(a, b string) int {
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		if errX != nil || errY != nil {
			return 0
		}
		return cmp.Compare(x, y)
	})
	return all
}

// RankDynamics draws the rank of each layer of a trial over its epochs, also while it is trained.
func RankDynamics(t sweep.Trial) (*plot.Plot, error) {
	r, err := runs.Read(t.Dir)
	if err != nil {
		return nil, err
	}
	var layers []plots.Series
	for _, row := range r.Ranks {
		at := slices.IndexFunc(layers, func(s plots.Series) bool { return s.Label == row.Layer })
		if at < 0 {
			at = len(layers)
			layers = append(layers, plots.Series{Label: row.Layer})
		}
		layers[at].X = append(layers[at].X, float64(row.Epoch))
		layers[at].Y = append(layers[at].Y, float64(row.Rank))
	}
	if len(layers) == 0 {
		return nil, fmt.Errorf("%s has no epoch behind it", r.Name())
	}
	p, err := plots.TotalRank(layers)
	if err == nil {
		p.Y.Label.Text, p.Title.Text = "rank", TrialName(t)
	}
	return p, err
}

// Hypervolume draws which share of the plane of accuracy and MACs the points cover (sweep.Covered), after each of the
// trials that are finished, in the order of their ends. A task without an accuracy covers nothing.
func Hypervolume(trials []sweep.Trial) (*plot.Plot, error) {
	const most = 200 // values that are computed, of however many trials
	done := slices.DeleteFunc(slices.Clone(trials), func(t sweep.Trial) bool { return t.Outcome == nil })
	ends := map[string]time.Time{}
	for _, t := range done {
		if history := t.History(); len(history) > 0 {
			ends[t.Dir] = history[len(history)-1].Ended
		}
	}
	slices.SortStableFunc(done, func(a, b sweep.Trial) int { return ends[a.Dir].Compare(ends[b.Dir]) })
	line := plots.Series{}
	for n := 1; n <= len(done); n++ {
		if len(done) > most && n%(len(done)/most) != 0 && n < len(done) {
			continue
		}
		if covered := sweep.Covered(done[:n]); !math.IsNaN(covered) {
			line.X, line.Y = append(line.X, float64(n)), append(line.Y, covered)
		}
	}
	if len(line.X) == 0 {
		return nil, fmt.Errorf("none of %d trials is finished and has an accuracy", len(trials))
	}
	return plots.Hypervolume([]plots.Series{line})
}
