// Package figures names the figures of the linear studies: for each the study that measures it, the plot that shows
// it and the table behind the plot. Those of trained networks, which notebooks 04 to 07 make from run folders, are
// functions of what the studies measured.
package figures

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/studies/linear"
	"github.com/maestro-lod/notebook/plots"
)

// Figure is one named figure.
type Figure struct {
	Name  string
	About string // one line, for lists
	// defaults returns a pointer to the study's settings.
	defaults func() any
	// run makes the study's result of settings that defaults returned. Figures of the same study share one result.
	run   func(ctx context.Context, backend compute.Backend, settings any, progress cache.Progress) (any, error)
	study any
	// draw makes the plot and the curves in it from the result.
	draw func(result any) (plots.Curves, *plot.Plot, error)
}

// study is a linear study of settings S that measures an R.
type study[S, R any] func(ctx context.Context, backend compute.Backend, settings S, progress cache.Progress) (*R, error)

// figure is one of the study's, at some of its settings: curves are those of its result that it draws.
func (run *study[S, R]) figure(
	name, about string, defaults func() S, curves func(*R) plots.Curves,
	draw func(*R, plots.Curves) (*plot.Plot, error),
) Figure {
	return Figure{
		Name: name, About: about, study: run,
		defaults: func() any {
			s := defaults()
			return &s
		},
		run: func(ctx context.Context, backend compute.Backend, settings any, progress cache.Progress) (any, error) {
			return (*run)(ctx, backend, *settings.(*S), progress)
		},
		draw: func(result any) (plots.Curves, *plot.Plot, error) {
			c := curves(result.(*R))
			p, err := draw(result.(*R), c)
			return c, p, err
		},
	}
}

// plain is a plot that needs nothing but the curves.
func plain[R any](draw func(plots.Curves) (*plot.Plot, error)) func(*R, plots.Curves) (*plot.Plot, error) {
	return func(_ *R, c plots.Curves) (*plot.Plot, error) { return draw(c) }
}

// All lists the figures in the order of the paper and its poster.
func All() []Figure {
	svd := study[linear.SVDSettings, linear.SVDResult](linear.SVD)
	pca := study[linear.PCASettings, linear.PCAResult](linear.PCA)
	ordering := study[linear.OrderingSettings, linear.OrderingResult](linear.Ordering)
	onBall := func() linear.SVDSettings {
		s := linear.DefaultSVD()
		s.Input = linear.InputBall
		return s
	}
	distance := func(r *linear.SVDResult) plots.Curves { return r.Distance }
	values := func(r *linear.SVDResult) plots.Curves { return r.Values }
	importance := func(r *linear.PCAResult) plots.Curves { return r.Importance }
	ordered := func(r *linear.OrderingResult) plots.Curves { return r.Values }
	dropped := func(r *linear.PCAResult, c plots.Curves) (*plot.Plot, error) {
		return plots.ImportanceWithEvent(c, r.Settings.DropAt, "one point left out")
	}
	return []Figure{
		svd.figure("svd-recovery", "distance of every rank to the best approximation of that rank (poster figure "+
			"1), x = I",
			linear.DefaultSVD, distance, plain[linear.SVDResult](plots.RankDistance)),
		svd.figure("svd-recovery-ball", "the same with x uniform on the unit ball, the case of the theorem",
			onBall, distance, plain[linear.SVDResult](plots.RankDistance)),
		svd.figure("svd-singular-values",
			"estimates of the singular values beside the exact ones, in the run of svd-recovery",
			linear.DefaultSVD, values, plain[linear.SVDResult](plots.SingularValues)),
		pca.figure("pca", "importance of every rank, autoencoding three points in ten dimensions (poster figure 2)",
			linear.DefaultPCA, importance, plain[linear.PCAResult](plots.Importance)),
		pca.figure("pca-dimension-drop", "the same, with one point left out midway", linear.DefaultPCADrop, importance,
			dropped),
		ordering.figure("ordering", "the learnt order follows the data, here the reverse of the singular values'",
			linear.DefaultOrdering, ordered, plain[linear.OrderingResult](plots.SingularValues)),
	}
}

// Select returns the named figures in the order of the names, or all of them for none.
func Select(names []string) ([]Figure, error) {
	all := All()
	if len(names) == 0 {
		return all, nil
	}
	known := make([]string, len(all))
	for i, f := range all {
		known[i] = f.Name
	}
	var chosen []Figure
	for _, name := range names {
		i := slices.Index(known, name)
		if i < 0 {
			return nil, fmt.Errorf("no figure %q; the figures are %s", name, strings.Join(known, ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
