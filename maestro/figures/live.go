package figures

import (
	"context"
	"fmt"

	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/studies/linear"
	"github.com/maestro-lod/notebook/plots"
)

// SVDAt trains SVD recovery at a λ_gl. It returns the figure of its singular values, and ‖U_{b:}‖‖V_{b:}‖ of every
// rank b at the end.
func SVDAt(ctx context.Context, l *linear.Runner, lambdaGL float64) (figure *plot.Plot, tails []float64, err error) {
	s := linear.DefaultSVD()
	s.LambdaGL = lambdaGL
	r, err := l.SVD(ctx, s, nil)
	if err != nil {
		return nil, nil, err
	}
	figure, err = plots.SingularValues(r.Values)
	return figure, linear.TailImportance(r.U, r.V), err
}

// PCAAt is SVDAt of the study that copies its inputs.
func PCAAt(ctx context.Context, l *linear.Runner, lambdaGL float64) (figure *plot.Plot, tails []float64, err error) {
	s := linear.DefaultPCA()
	s.LambdaGL = lambdaGL
	r, err := l.PCA(ctx, s, nil)
	if err != nil {
		return nil, nil, err
	}
	figure, err = plots.Importance(r.Importance)
	return figure, linear.TailImportance(r.U, r.V), err
}

// Live draws the runs of a folder that have an epoch behind them, with those that are still trained: total rank over
// epochs, and accuracy on the validation split over the MACs of the newest epoch. Both are nil where there are none.
func Live(dir string, label func(*runs.Run) string) (ranks, cost *plot.Plot, err error) {
	all, err := runs.ReadAll(dir, nil)
	if err != nil {
		return nil, nil, err
	}
	var begun []*runs.Run
	var points []plots.CostPoint
	for _, r := range all {
		if len(r.History) > 0 {
			begun = append(begun, r)
			points = append(points, plots.CostPoint{Label: label(r), Cost: float64(r.Last().MACs),
				Accuracy: r.Last().ValidationAccuracy})
		}
	}
	if len(begun) == 0 {
		return nil, nil, nil
	}
	if ranks, err = TotalRanks(begun, label); err == nil {
		cost, err = plots.AccuracyOverCost(points, plots.CostAxis{Label: "MACs", Split: "validation"})
	}
	return ranks, cost, err
}

// Cut draws the ranks that another ε_ps would leave of a network's layers, whose importances are given, beside those
// that they have.
func Cut(layers []lod.Layer, importance [][]float64, epsilon float64) (figure *plot.Plot, left []int, err error) {
	var names []string
	var full, now []int
	total := 0
	for i, l := range layers {
		left = append(left, lod.RanksAbove(importance[i], epsilon))
		names, full, now, total = append(names, l.Name), append(full, l.Full()), append(now, len(importance[i])),
			total+left[i]
	}
	figure, err = plots.RanksByLayer(names, full, []plots.LabelledRanks{{Label: "as trained", Ranks: now},
		{Label: fmt.Sprintf("ε_ps = %g", epsilon), Ranks: left}})
	if err == nil {
		figure.Title.Text = fmt.Sprintf("%d ranks left", total)
	}
	return figure, left, err
}
