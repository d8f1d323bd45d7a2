package cli

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

type sweepCommand struct {
	Run    sweepRunCommand    `cmd:"" help:"Train the grid of some settings, each trial once: what is done stays, what was interrupted goes on."`
	Status sweepStatusCommand `cmd:"" help:"Say where each trial of a study is, and what its points are worth."`
	Export sweepExportCommand `cmd:"" help:"Write a study's trials as CSV, one a row."`
}

type sweepRunCommand struct {
	dataFlags
	deviceFlags
	settingsFlags
	Dir    string   `arg:"" name:"study" help:"The folder of the study; with other values, or seeds, what is done stays."`
	Over   []string `sep:"none" placeholder:"KEY=VALUES" help:"An axis: a setting and its values, such as lambda_gl=0,log(1e-6..1e-3,7), or zip(lr=0.1,0.05; batch=128,64) for several in step; may be repeated."`
	Seeds  []uint64 `default:"1" placeholder:"N,…" help:"The seeds of every point."`
	Retry  []string `enum:"failed,diverged" placeholder:"STATE,…" help:"Run those again that failed, or diverged."`
	DryRun bool     `help:"Say what would be run, and stop."`
}

func (s *sweepRunCommand) Run(ctx context.Context, c console) error {
	settings, err := s.settings(c.tasks)
	if err != nil {
		return err
	}
	if settings.Seed != runs.Defaults().Seed {
		return fmt.Errorf("--seed is %d: name the seeds of a study by --seeds", settings.Seed)
	}
	study := sweep.Study{Dir: s.Dir, Settings: settings, Axes: s.Over, Seeds: s.Seeds}
	trials, err := study.Trials()
	if err != nil {
		return err
	}
	for _, t := range trials {
		if err := c.tasks.check(t.Settings); err != nil {
			return fmt.Errorf("%s: %w", t.Point, err)
		}
	}
	if s.DryRun {
		return s.plan(c, study)
	}
	if err := study.Save(); err != nil {
		return err
	}
	backend, bar, end, err := s.start(ctx, c)
	if err != nil {
		return err
	}
	defer end()
	from := s.DataDir
	warn := func(text string) { bar.clear(); fmt.Fprintln(c.err, "warning:", text) }
	here := trial.Here{Backend: backend,
		Options: train.Options{Progress: bar.training, Warn: warn, Own: c.tasks.own(settings)},
		Progress: func(name string, done, all int) {
			bar.clear()
			fmt.Fprintf(c.err, "%s (%d of %d)\n", name, done+1, all)
		},
		Load: func(ctx context.Context, dir string, s runs.Settings) (*task.Task, error) {
			o := images.DataOptions(runs.Config{Settings: s}, from, bar.report)
			o.Remembered, o.Warn = runs.Remembered(dir, s.Data), warn
			return c.tasks.load(ctx, s, o)
		},
	}
	var again []sweep.State
	for _, state := range s.Retry {
		again = append(again, sweep.State(state))
	}
	if err := study.Run(ctx, here, again, func(t sweep.Trial, err error) {
		warn(fmt.Sprintf("%s, seed %d: %v", t.Point, t.Settings.Seed, err))
	}); err != nil {
		return err
	}
	bar.clear()
	return report(c, study)
}

// plan prints every trial with where it is, and what the rest will take by those that are done.
func (s *sweepRunCommand) plan(c console, study sweep.Study) error {
	trials, err := study.Look()
	if err != nil {
		return err
	}
	left := 0
	for _, t := range trials {
		fmt.Fprintf(c.out, "%-11s  seed %d  %s\n", t.State, t.Settings.Seed, t.Point)
		if t.State == sweep.Missing || t.State == sweep.Interrupted {
			left++
		}
	}
	took := "how long one takes is not known before the first has ended"
	if each := sweep.Seconds(trials); each > 0 {
		took = fmt.Sprintf("about %v at %.0f s each", time.Duration(each*float64(left)*float64(time.Second)).Round(time.Second), each)
	}
	fmt.Fprintf(c.out, "%d trials, %d to run: %s\n", len(trials), left, took)
	return nil
}

type sweepStatusCommand struct {
	Dir string `arg:"" name:"study" help:"The folder of the study."`
}

func (s *sweepStatusCommand) Run(c console) error {
	study, err := sweep.Read(s.Dir)
	if err != nil {
		return err
	}
	return report(c, study)
}

// report prints the points and what is not finished.
func report(c console, study sweep.Study) error {
	trials, err := study.Look()
	if err != nil {
		return err
	}
	count := map[sweep.State]int{}
	for _, t := range trials {
		count[t.State]++
		if t.Reason != "" {
			fmt.Fprintf(c.out, "%s: %s, seed %d: %s\n", t.State, t.Point, t.Settings.Seed, t.Reason)
		}
	}
	for _, p := range sweep.Summarise(trials) {
		mark := " "
		if p.Front {
			mark = "*"
		}
		quality := fmt.Sprintf("accuracy %6.2f ± %.2f %%", p.Accuracy.Mean, p.Accuracy.Deviation)
		if math.IsNaN(p.Accuracy.Mean) {
			quality = fmt.Sprintf("loss %.4g ± %.2g", p.Loss.Mean, p.Loss.Deviation)
		}
		fmt.Fprintf(c.out, "%s %-32s  validation %s  MACs %s ± %s  total rank %.0f ± %.0f  (%d of %d seeds)\n", mark, p.Point, quality,
			short(int64(p.MACs.Mean)), short(int64(p.MACs.Deviation)), p.Rank.Mean, p.Rank.Deviation, p.Seeds, p.Planned)
	}
	var states []string
	for _, state := range []sweep.State{sweep.Finished, sweep.Interrupted, sweep.Missing, sweep.Diverged, sweep.Failed} {
		if count[state] > 0 {
			states = append(states, fmt.Sprintf("%d %s", count[state], state))
		}
	}
	fmt.Fprintf(c.out, "%d trials: %s; * marks the front of accuracy over MACs\n", len(trials), strings.Join(states, ", "))
	return nil
}

type sweepExportCommand struct {
	Dir string `arg:"" name:"study" help:"The folder of the study."`
	Out string `help:"The file to write; trials.csv in the study when it is not given." placeholder:"PATH"`
}

func (s *sweepExportCommand) Run(c console) error {
	study, err := sweep.Read(s.Dir)
	if err != nil {
		return err
	}
	trials, err := study.Look()
	if err != nil {
		return err
	}
	path := s.Out
	if path == "" {
		path = study.Dir + "/trials.csv"
	}
	header, rows := sweep.Rows(trials)
	if err := csvfile.Write(path, header, rows); err != nil {
		return err
	}
	fmt.Fprintln(c.out, path)
	return nil
}
