package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/local"
	"github.com/maestro-lod/notebook/maestro/sweep/worker"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

type sweepCommand struct {
	Run    sweepRunCommand    `cmd:"" help:"Train a grid of settings, each trial once: what is done stays, what was interrupted goes on."`
	Status sweepStatusCommand `cmd:"" help:"Say where each trial of a study is, and what its points are worth."`
	Cancel sweepCancelCommand `cmd:"" help:"End the workers of a study; what they were at can be gone on with."`
	Retry  sweepRetryCommand  `cmd:"" help:"Have trials that ended badly tried again by the next run, whatever was tried before."`
	Export sweepExportCommand `cmd:"" help:"Write a study's trials, or its points, as CSV, Parquet or LaTeX."`
	Work   sweepWorkCommand   `cmd:"" hidden:"" help:"What a sweep starts as a worker."`
}

// studyFlags say what a study is.
type studyFlags struct {
	settingsFlags
	Dir        string   `arg:"" name:"study" help:"The folder of the study; with other values, or seeds, what is done stays."`
	Over       []string `sep:"none" placeholder:"KEY=VALUES" help:"An axis: a setting and its values, such as lambda_gl=0,log(1e-6..1e-3,7), or zip(lr=0.1,0.05; batch=128,64) for several in step; may be repeated."`
	Seeds      []uint64 `default:"1" placeholder:"N,…" help:"The seeds of every point."`
	Random     int      `placeholder:"N" help:"Draw so many points from the axes, in place of every combination; a range may then leave its count out: log(1e-6..1e-3)."`
	RandomSeed uint64   `name:"random-seed" default:"1" placeholder:"N" help:"Of the points that are drawn."`
	Path       int      `placeholder:"EPOCHS" help:"Train a λ path: each lambda_gl but the smallest begins with the weights of the one before, and takes so many epochs."`
	Halve      float64  `placeholder:"LAMBDA_GL" help:"Search in place of axes: begin with this lambda_gl, and halve it until the mean validation accuracy meets the bound."`
	Least      float64  `name:"min-accuracy" placeholder:"PERCENT" help:"The bound of --halve."`
	Drop       float64  `name:"max-drop" placeholder:"POINTS" help:"The bound of --halve, so many points below the accuracy at lambda_gl=0, which is then trained too."`
	Halvings   int      `default:"8" placeholder:"N" help:"How often --halve may halve."`
	Ladder     bool     `help:"Compress every finished trial, so that the rungs of its ladder compete for the front."`
	LadderDrop float64  `name:"ladder-drop" default:"3" placeholder:"POINTS" help:"By how much validation accuracy may fall on a ladder."`
	LadderTime bool     `name:"ladder-time" help:"Time the models of each ladder."`
}

// study is what the flags ask for, checked.
func (s *studyFlags) study(own tasks) (sweep.Study, []sweep.Trial, error) {
	settings, err := s.settings(own)
	if err != nil {
		return sweep.Study{}, nil, err
	}
	if settings.Seed != runs.Defaults().Seed {
		return sweep.Study{}, nil, fmt.Errorf("--seed is %d: name the seeds of a study by --seeds", settings.Seed)
	}
	if s.Random < 0 || s.Path < 0 {
		return sweep.Study{}, nil, fmt.Errorf("--random and --path count points and epochs: they cannot be below 0")
	}
	study := sweep.Study{Dir: s.Dir, Settings: settings, Axes: s.Over, Seeds: s.Seeds, Random: s.Random,
		PathEpochs: s.Path}
	if s.Random > 0 {
		study.RandomSeed = s.RandomSeed
	}
	if s.Halve != 0 {
		study.Halving = &sweep.Halving{From: s.Halve, MinAccuracy: s.Least, MaxDrop: s.Drop, Most: s.Halvings}
	} else if s.Least != 0 || s.Drop != 0 {
		return study, nil,
			errors.New("--min-accuracy and --max-drop are bounds of a search: name the first lambda_gl by --halve")
	}
	if s.Ladder {
		study.Ladder = &sweep.Ladder{MaxDrop: s.LadderDrop, Examples: 2048, Models: 8, Latency: s.LadderTime}
	}
	trials, err := study.Trials()
	if err != nil {
		return study, nil, err
	}
	for _, t := range trials {
		if err := own.check(t.Settings); err != nil {
			return study, nil, fmt.Errorf("%s: %w", t.Point, err)
		}
	}
	return study, trials, nil
}

// attemptFlags say how trials are attempted, and are handed on to workers.
type attemptFlags struct {
	Retry      []string      `enum:"lost,preempted,failed,diverged,stopped,none" default:"lost,preempted" placeholder:"STATE,…" help:"Try those again that ended so: lost, preempted, failed, diverged, stopped, or none. Those that were interrupted go on in any case."`
	Attempts   int           `default:"3" placeholder:"N" help:"How many attempts at a trial may end badly."`
	TrialLimit time.Duration `name:"trial-limit" placeholder:"TIME" help:"End an attempt that takes longer, such as 2h."`
	SafeStop   int           `name:"safe-stop" placeholder:"EPOCHS" help:"Stop a trial whose ranks, and whose best accuracy, have stayed for so many epochs and which a finished point beats in accuracy and in MACs, each by two standard deviations."`
}

func (f attemptFlags) retry() sweep.Retry {
	r := sweep.Retry{Most: f.Attempts, States: []sweep.State{}}
	for _, state := range f.Retry {
		if state != "none" {
			r.States = append(r.States, sweep.State(state))
		}
	}
	return r
}

func (f attemptFlags) options() worker.Options {
	return worker.Options{Retry: f.retry(), Limit: f.TrialLimit, StopEpochs: f.SafeStop}
}

// flags are the same for a worker.
func (f attemptFlags) flags() (flags []string) {
	for _, state := range f.Retry {
		flags = append(flags, "--retry="+state)
	}
	return append(flags, fmt.Sprintf("--attempts=%d", f.Attempts), "--trial-limit="+f.TrialLimit.String(),
		fmt.Sprintf("--safe-stop=%d", f.SafeStop))
}

type sweepRunCommand struct {
	dataFlags
	deviceFlags
	studyFlags
	attemptFlags
	Workers   int      `placeholder:"N" help:"Train in so many processes at a time; in this one when it is not given."`
	Threads   int      `placeholder:"N" help:"Threads of each of these; an even share of the processor's when it is not given."`
	On        []string `placeholder:"N,…" help:"The numbers of the GPUs that workers are spread over, each of which sees one."`
	PerDevice int      `name:"per-device" placeholder:"N" help:"How many workers share a GPU, and its memory."`
	slurmFlags
	DryRun bool `help:"Say what would be run, and stop."`
	Probe  bool `help:"With --dry-run: take a few steps of each shape of trial, and say what all take at most."`
}

func (s *sweepRunCommand) Run(ctx context.Context, c console) error {
	study, _, err := s.study(c.tasks)
	if err != nil {
		return err
	}
	if study.Halving != nil && s.SafeStop > 0 {
		return errors.New("--safe-stop would end what --halve asks for: leave one of them out")
	}
	executor, err := s.executor(c, study)
	if err != nil {
		return err
	}
	if s.DryRun {
		return s.plan(ctx, c, study)
	}
	if s.Probe {
		return errors.New("--probe belongs to --dry-run: name both, or leave it away")
	}
	if err := study.Save(); err != nil {
		return err
	}
	err = study.Rounds(ctx, s.retry(), func(ctx context.Context, asked sweep.Study, trials []sweep.Trial) error {
		return s.attempt(ctx, c, asked, trials, executor)
	})
	if err != nil {
		return err
	}
	return s.end(c, study)
}

// attempt has the trials attempted, here or by an executor, until they are done or somebody cancels the study.
func (s *sweepRunCommand) attempt(ctx context.Context, c console, study sweep.Study, trials []sweep.Trial,
	by sweep.Executor) error {
	if by != nil {
		return by.Run(ctx, study, trials)
	}
	o := s.options()
	view := newSweepView(c, trials)
	o.Events, o.Wait = view.started, true
	o.Open = func(ctx context.Context) (trial.Here, func(), error) {
		backend, bar, end, err := s.start(ctx, c)
		if err != nil {
			return trial.Here{}, nil, err
		}
		view.bar = bar
		return hereFor(c, study.Settings, s.DataDir, bar, train.Options{Progress: bar.training}, backend), end, nil
	}
	defer view.clear()
	return worker.Run(ctx, study, trials, o)
}

// end reports, and is an error where trials failed.
func (s *sweepRunCommand) end(c console, study sweep.Study) error {
	trials, err := study.Look()
	if err != nil {
		return err
	}
	report(c, trials)
	if err := reportSearch(c, study); err != nil {
		return err
	}
	count := sweep.Count(trials)
	if bad := count[sweep.Failed] + count[sweep.Lost]; bad > 0 {
		return fmt.Errorf("%d of %d trials failed or were lost: `maestro sweep status %s` says why, and `maestro "+
			"sweep retry %s` has "+
			"the next run try them again", bad, len(trials), study.Dir, study.Dir)
	}
	return nil
}

// executor is the one that is asked for; nil for this process.
func (s *sweepRunCommand) executor(c console, study sweep.Study) (sweep.Executor, error) {
	if s.Slurm {
		if s.Workers > 0 || s.Threads > 0 || len(s.On) > 0 || s.PerDevice > 0 {
			return nil,
				errors.New("--workers, --threads, --on and --per-device are for this machine, --slurm is for a " +
					"cluster: " +
					"leave one of them out")
		}
		return s.slurm(c, study, s)
	}
	if s.Workers == 0 && len(s.On) == 0 && s.PerDevice == 0 && s.Threads == 0 {
		return nil, nil
	}
	p := local.Processes{Workers: s.Workers, Threads: s.Threads, Devices: s.On, PerDevice: s.PerDevice,
		Retry: s.retry()}
	if err := p.Check(); err != nil {
		return nil, err
	}
	if s.DryRun {
		return p, nil
	}
	var err error
	if p.Command, err = s.command(study); err != nil {
		return nil, err
	}
	p.Command.Flags = append(p.Command.Flags, "--tethered")
	view := newSweepView(c, nil)
	p.Events = view.event
	return viewed{p, view}, nil
}

// viewed is an executor beside what the terminal shows.
type viewed struct {
	sweep.Executor
	view *sweepView
}

func (v viewed) Run(ctx context.Context, study sweep.Study, trials []sweep.Trial) error {
	v.view.trials(trials)
	defer v.view.clear()
	return v.Executor.Run(ctx, study, trials)
}

// command is how a worker of this study is started.
func (s *sweepRunCommand) command(study sweep.Study) (sweep.Command, error) {
	executable, err := os.Executable()
	if err != nil {
		return sweep.Command{}, err
	}
	program, sum, err := study.CopyProgram(executable)
	if err != nil {
		return sweep.Command{}, err
	}
	flags := append(s.flags(), "--program="+sum)
	if s.Device != "" {
		flags = append(flags, "--device="+s.Device)
	}
	if s.DataDir != "" {
		dir, err := filepath.Abs(s.DataDir)
		if err != nil {
			return sweep.Command{}, err
		}
		flags = append(flags, "--data-dir="+dir)
	}
	return sweep.Command{Program: program, Args: []string{"sweep", "work"}, Flags: flags}, nil
}

// hereFor is what trials are run with, in this process.
func hereFor(c console, s runs.Settings, dataDir string, bar *terminal, o train.Options,
	backend compute.Backend) trial.Here {
	o.Warn = func(text string) { bar.clear(); fmt.Fprintln(c.err, "warning:", text) }
	o.Own = c.tasks.own(s)
	return trial.Here{Backend: backend, Options: o,
		Load: func(ctx context.Context, dir string, s runs.Settings) (*task.Task, error) {
			from := images.DataOptions(runs.Config{Settings: s}, dataDir, bar.report)
			from.Remembered, from.Warn = runs.Remembered(dir, s.Data), o.Warn
			return c.tasks.load(ctx, s, from)
		},
	}
}

// plan prints every trial with where it is, and what the rest will take, by those that are done or by a probe. Of a
// search that is what it asks for by now.
func (s *sweepRunCommand) plan(ctx context.Context, c console, study sweep.Study) error {
	trials, err := study.Look()
	if err != nil {
		return err
	}
	retry, left := s.retry(), 0
	for _, t := range trials {
		fmt.Fprintf(c.out, "%-11s  seed %d  %s\n", t.State, t.Settings.Seed, t.Point)
		if retry.Due(t) {
			left++
		}
	}
	took := "how long one takes is not known before the first has ended, or by --probe"
	if d, ok := sweep.Estimate(trials, left, s.Workers); ok {
		took = fmt.Sprintf("about %v at %.0f s each", d.Round(time.Second), sweep.Seconds(trials))
		if s.Workers > 1 {
			took += fmt.Sprintf(", %d at a time", s.Workers)
		}
	}
	fmt.Fprintf(c.out, "%d trials, %d to run: %s\n", len(trials), left, took)
	if s.Probe && left > 0 {
		p, err := s.probe(ctx, c, study, trials)
		if err != nil {
			return err
		}
		each := p.time / time.Duration(p.trials)
		fmt.Fprintf(c.out, "by a probe, with all ranks to the end: at most %v of steps, one after another, %v each; "+
			"%.3g multiply-adds in all\n", p.time.Round(time.Second), each.Round(time.Second/10), p.macs)
	}
	return reportSearch(c, study)
}
