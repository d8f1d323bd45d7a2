package sweepview

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/kernel/cell"
	"github.com/maestro-lod/notebook/kernel/cell/inline"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/plots"
)

// Background is a study that is run meanwhile, as launch.InBackground begins one.
type Background interface {
	cell.Stoppable
	Study() sweep.Study
	GoOn() error
}

// lookEvery is the time between two looks at a study that is run.
const lookEvery = time.Second

// Show shows a study as it lies, or as a cluster or another process works at it: its front, curves over λ_gl or a heat
// map, the ranks of the trial that finished last, and its points.
func Show(study sweep.Study) error {
	trials, err := study.Look()
	if err != nil {
		return err
	}
	count := sweep.Count(trials)
	fmt.Printf("%s: %d of %d trials are finished\n", study.Dir, count[sweep.Finished], len(trials))
	for _, f := range figuresOf(trials) {
		if p, err := f(trials); err == nil {
			if err := inline.Show(p); err != nil {
				return err
			}
		}
	}
	return Table(trials).Show()
}

// figuresOf are the figures of a study, by its axes.
func figuresOf(trials []sweep.Trial) []func([]sweep.Trial) (*plot.Plot, error) {
	all := []func([]sweep.Trial) (*plot.Plot, error){Front}
	if len(trials) == 0 {
		return all
	}
	names := trials[0].Point.Names
	with := func(f func([]sweep.Trial, Quantity) (*plot.Plot, error), of Quantity) {
		all = append(all, func(trials []sweep.Trial) (*plot.Plot, error) { return f(trials, of) })
	}
	if len(names) == 2 {
		with(HeatMap, Accuracy())
		with(HeatMap, MACs())
	} else if slices.Contains(names, "lambda_gl") {
		with(Curves, Accuracy())
		with(Curves, Rank())
	}
	return all
}

// Watch shows a study while it is run, until it has ended: how far it is, its figures, the ranks of a trial that the
// reader chooses, and its points. The toggle stops it, with its trials' states saved, and has it go on; Done, and an
// interrupt of the cell, leave it going on.
func Watch(b Background) error {
	v, err := newView(b)
	if err != nil {
		return err
	}
	defer v.close()
	ctx, stop := cell.Context()
	defer stop()
	panel := cell.Panel{Title: b.Study().Dir, Controls: []cell.Control{v.run, v.trial}, Every: lookEvery}
	return errors.Join(panel.Run(ctx, v.answer), v.draw(false))
}

// view is what Watch shows.
type view struct {
	b       Background
	trials  []sweep.Trial
	run     *cell.Toggle
	trial   *cell.Select
	bar     *cell.Progress
	figures []*inline.Live
	draws   []func([]sweep.Trial) (*plot.Plot, error)
	ranks   *inline.Live
	table   *cell.Output
	shown   string // what the figures were drawn of
}

func newView(b Background) (v *view, err error) {
	v = &view{b: b, run: &cell.Toggle{Label: "Run", Value: true}}
	if v.trials, err = b.Study().Look(); err != nil {
		return nil, err
	}
	if len(v.trials) == 0 {
		return nil, fmt.Errorf("%s has no trials", b.Study().Dir)
	}
	v.trial = &cell.Select{Label: "ranks of", Options: []string{newest}}
	for _, t := range v.trials {
		v.trial.Options = append(v.trial.Options, TrialName(t))
	}
	if v.bar, err = cell.NewProgress("trials"); err != nil {
		return nil, err
	}
	v.draws = figuresOf(v.trials)
	for range len(v.draws) + 1 {
		live, err := inline.NewLive(plots.Size{})
		if err != nil {
			return nil, err
		}
		v.figures = append(v.figures, live)
	}
	v.ranks, v.figures = v.figures[len(v.draws)], v.figures[:len(v.draws)]
	v.table, err = cell.NewOutput()
	return v, err
}

func (v *view) close() {
	_ = v.bar.Close()
	for _, f := range append(v.figures, v.ranks) {
		_ = f.Close()
	}
}

// answer is the panel's function: it does what the toggle says, and draws what is new.
func (v *view) answer(_ context.Context, changed cell.Changed) error {
	if changed.Has(v.run) {
		if !v.run.Value {
			v.b.Stop()
		} else if err := v.b.GoOn(); err != nil {
			return err
		}
	}
	v.bar.Set(v.b.Status())
	ended := false
	select {
	case <-v.b.Done():
		ended = v.run.Value // by itself
		v.run.Value = false
	default:
	}
	if err := v.draw(changed.Has(v.trial)); err != nil || !ended {
		return err
	}
	if err := v.b.Err(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return cell.ErrDone
}

// draw draws the figures where trials are elsewhere than before, and the ranks of a trial. What cannot be drawn yet is
// left out.
func (v *view) draw(anew bool) error {
	trials, err := v.b.Study().Look()
	if err != nil {
		return err
	}
	v.trials = trials
	if p, err := RankDynamics(v.chosen()); err == nil {
		if err := v.ranks.Draw(p); err != nil {
			return err
		}
	}
	now := ""
	for _, t := range trials {
		now += string(t.State) + " "
	}
	if now == v.shown && !anew {
		return nil
	}
	v.shown = now
	for i, f := range v.draws {
		if p, err := f(trials); err == nil {
			if err := v.figures[i].Draw(p); err != nil {
				return err
			}
		}
	}
	if sweep.Count(trials)[sweep.Finished] == 0 { // its place is below the figures
		return nil
	}
	return Table(trials).ShowIn(v.table)
}

// newest is the choice of whichever trial began last.
const newest = "the newest trial"

// chosen is the trial whose ranks are shown.
func (v *view) chosen() sweep.Trial {
	if at := slices.IndexFunc(v.trials, func(t sweep.Trial) bool { return TrialName(t) == v.trial.Value }); at >= 0 {
		return v.trials[at]
	}
	last := v.trials[0]
	for _, t := range v.trials {
		if t.State == sweep.Running || t.State == sweep.Finished && last.State != sweep.Running {
			last = t
		}
	}
	return last
}
