// Package figures names the figures of the linear studies: for each the study that measures it, the plot that shows it
// and the table behind the plot. Figures of trained networks are made by notebooks 04 to 07, from their run folders.
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
	// study runs it with settings that defaults returned. Figures with the same study share one run.
	study *study
	// draw makes the plot and the curves in it from the study's result.
	draw func(result any) (plots.Curves, *plot.Plot, error)
}

// study is a study whatever the types of its settings and result are.
type study struct {
	run func(ctx context.Context, backend compute.Backend, settings any, progress cache.Progress) (any, error)
}

func newStudy[S, R any](run func(context.Context, compute.Backend, S, cache.Progress) (*R, error)) *study {
	return &study{run: func(ctx context.Context, backend compute.Backend, settings any, progress cache.Progress) (any, error) {
		return run(ctx, backend, *settings.(*S), progress)
	}}
}

// drawing adapts a choice of curves out of a result, and the plot for them.
func drawing[R any](curves func(*R) plots.Curves, draw func(*R, plots.Curves) (*plot.Plot, error)) func(any) (plots.Curves, *plot.Plot, error) {
	return func(result any) (plots.Curves, *plot.Plot, error) {
		r := result.(*R)
		c := curves(r)
		p, err := draw(r, c)
		return c, p, err
	}
}

// plain is a plot that needs nothing but the curves.
func plain[R any](draw func(plots.Curves) (*plot.Plot, error)) func(*R, plots.Curves) (*plot.Plot, error) {
	return func(_ *R, c plots.Curves) (*plot.Plot, error) { return draw(c) }
}

// settings returns a function that gives a pointer to fresh settings, changed by each of the tweaks.
func settings[S any](defaults func() S, tweaks ...func(*S)) func() any {
	return func() any {
		s := defaults()
		for _, tweak := range tweaks {
			tweak(&s)
		}
		return &s
	}
}

// All lists the figures in the order of the paper and its poster.
func All() []Figure {
	svd := newStudy(linear.SVD)
	pca := newStudy(linear.PCA)
	onBall := func(s *linear.SVDSettings) { s.Input = linear.InputBall }
	svdDistance := drawing(func(r *linear.SVDResult) plots.Curves { return r.Distance }, plain[linear.SVDResult](plots.RankDistance))
	return []Figure{
		{
			Name: "svd-recovery", About: "distance of every rank to the best approximation of that rank (poster figure 1), x = I",
			defaults: settings(linear.DefaultSVD), study: svd, draw: svdDistance,
		},
		{
			Name: "svd-recovery-ball", About: "the same with x uniform on the unit ball, the case of the theorem",
			defaults: settings(linear.DefaultSVD, onBall), study: svd, draw: svdDistance,
		},
		{
			Name: "svd-singular-values", About: "estimates of the singular values beside the exact ones, in the run of svd-recovery",
			defaults: settings(linear.DefaultSVD), study: svd,
			draw: drawing(func(r *linear.SVDResult) plots.Curves { return r.Values }, plain[linear.SVDResult](plots.SingularValues)),
		},
		{
			Name: "pca", About: "importance of every rank, autoencoding three points in ten dimensions (poster figure 2)",
			defaults: settings(linear.DefaultPCA), study: pca,
			draw: drawing(func(r *linear.PCAResult) plots.Curves { return r.Importance }, plain[linear.PCAResult](plots.Importance)),
		},
		{
			Name: "pca-dimension-drop", About: "the same, with one point left out midway",
			defaults: settings(linear.DefaultPCADrop), study: pca,
			draw: drawing(func(r *linear.PCAResult) plots.Curves { return r.Importance },
				func(r *linear.PCAResult, c plots.Curves) (*plot.Plot, error) {
					return plots.ImportanceWithEvent(c, r.Settings.DropAt, "one point left out")
				}),
		},
		{
			Name: "ordering", About: "the learnt order follows the data, here the reverse of the singular values'",
			defaults: settings(linear.DefaultOrdering), study: newStudy(linear.Ordering),
			draw: drawing(func(r *linear.OrderingResult) plots.Curves { return r.Values }, plain[linear.OrderingResult](plots.SingularValues)),
		},
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
