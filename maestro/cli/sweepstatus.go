package cli

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/maestro-lod/notebook/maestro/nanjson"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/slurm"
	"github.com/maestro-lod/notebook/maestro/sweep/tables"
)

type sweepStatusCommand struct {
	Dir   string `arg:"" name:"study" help:"The folder of the study."`
	Watch bool   `help:"Say it again every few seconds, until nothing runs."`
	JSON  bool   `name:"json" help:"Print JSON for a program to read: the points, how many trials are where, and where a search stands."`
}

// status is what a program reads.
type status struct {
	Points []sweep.Summary
	Trials map[sweep.State]int // how many are where
	Search *sweep.Search       `json:",omitempty"` // nil of a study that is none
}

// lookAll is a study's folder, with where each trial is that was ever asked for.
func lookAll(dir string) (study sweep.Study, trials []sweep.Trial, err error) {
	if study, err = sweep.Read(dir); err == nil {
		trials, err = study.LookAll()
	}
	return study, trials, err
}

// watchEvery is how often --watch looks.
const watchEvery = 3 * time.Second

func (s *sweepStatusCommand) Run(ctx context.Context, c console) error {
	for {
		study, trials, err := lookAll(s.Dir)
		if err != nil {
			return err
		}
		if s.JSON {
			search, err := study.Search()
			if err != nil {
				return err
			}
			return nanjson.Write(c.out, status{sweep.Summarise(trials), sweep.Count(trials), search})
		}
		if newTerminal(c.out).live && s.Watch {
			fmt.Fprint(c.out, "\x1b[H\x1b[2J")
		}
		report(c, trials)
		if err := reportSearch(c, study); err != nil {
			return err
		}
		if !s.Watch || sweep.Count(trials)[sweep.Running] == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
	}
}

// report prints the points, what went wrong, and how many trials are where.
func report(c console, trials []sweep.Trial) {
	for _, t := range trials {
		if t.Reason != "" {
			fmt.Fprintf(c.out, "%s: %s, seed %d: %s\n", t.State, t.Point, t.Settings.Seed, t.Reason)
		}
		if sign := t.Sign(); sign != "" && t.State == sweep.Finished {
			fmt.Fprintf(c.out, "note: %s, seed %d: %s\n", t.Point, t.Settings.Seed, sign)
		}
	}
	if err := sweep.DataMixed(trials); err != nil {
		fmt.Fprintln(c.out, "warning:", err)
	}
	width := 0
	points := sweep.Summarise(trials)
	for _, p := range points {
		width = max(width, len(p.Point.String()))
	}
	for _, p := range points {
		if p.Seeds > 0 {
			fmt.Fprintf(c.out, "%s %-*s  %s\n", mark(p.Front), width, p.Point, worth(p))
		}
	}
	var rungs []sweep.Candidate
	for _, k := range sweep.Candidates(trials, sweep.MACs) {
		if k.Front {
			rungs = append(rungs, k)
		}
	}
	if len(rungs) > 0 && hasRungs(trials) {
		fmt.Fprintln(c.out, "the front over rungs:")
		for _, k := range rungs {
			fmt.Fprintf(c.out, "  %s, seed %d, rung %d: validation accuracy %.2f %%, %s MACs, total rank %d\n",
				k.Trial.Point,
				k.Trial.Settings.Seed, k.Step, k.Network.Accuracy, short(k.Network.MACs), k.Network.TotalRank)
		}
	}
	if share := sweep.Covered(trials); !math.IsNaN(share) {
		fmt.Fprintf(c.out,
			"hypervolume %.4f of accuracy times MACs saved, by the points' means; 1 is 100 %% at no MACs\n", share)
	}
	count := sweep.Count(trials)
	var states []string
	for _, state := range sweep.States() {
		if count[state] > 0 {
			states = append(states, fmt.Sprintf("%d %s", count[state], state))
		}
	}
	fmt.Fprintf(c.out, "%d trials: %s; * marks the front of accuracy over MACs\n", len(trials),
		strings.Join(states, ", "))
}

// reportSearch prints where a search stands; nothing of a study that is none.
func reportSearch(c console, study sweep.Study) error {
	search, err := study.Search()
	if search == nil || err != nil {
		return err
	}
	for _, line := range search.Text() {
		fmt.Fprintln(c.out, line)
	}
	return nil
}

func hasRungs(trials []sweep.Trial) bool {
	for _, t := range trials {
		if t.Outcome != nil && len(t.Outcome.Rungs) > 0 {
			return true
		}
	}
	return false
}

func mark(front bool) string {
	if front {
		return "*"
	}
	return " "
}

// worth is what a point was found to be worth, in words.
func worth(p sweep.Summary) string {
	quality := fmt.Sprintf("accuracy %6.2f ± %.2f %%", p.Accuracy.Mean, p.Accuracy.Deviation)
	if math.IsNaN(p.Accuracy.Mean) {
		quality = fmt.Sprintf("loss %.4g ± %.2g", p.Loss.Mean, p.Loss.Deviation)
	}
	partial := ""
	if p.Seeds < p.Planned {
		partial = ": partial"
	}
	return fmt.Sprintf("validation %s  MACs %s ± %s  total rank %.0f ± %.0f  (%d of %d seeds%s)", quality,
		short(int64(p.MACs.Mean)),
		short(int64(p.MACs.Deviation)), p.Rank.Mean, p.Rank.Deviation, p.Seeds, p.Planned, partial)
}

type sweepExportCommand struct {
	Dir string   `arg:"" name:"study" help:"The folder of the study."`
	Out []string `help:"A file to write, in the format that its name ends with: .csv or .parquet for the trials, .tex for the points; trials.csv in the study when none is given." placeholder:"PATH"`
}

func (s *sweepExportCommand) Run(c console) error {
	study, trials, err := lookAll(s.Dir)
	if err != nil {
		return err
	}
	if len(s.Out) == 0 {
		s.Out = []string{filepath.Join(study.Dir, "trials.csv")}
	}
	for _, path := range s.Out {
		if err := tables.Write(path, trials); err != nil {
			return err
		}
		fmt.Fprintln(c.out, path)
	}
	return nil
}

type sweepCancelCommand struct {
	Dir string `arg:"" name:"study" help:"The folder of the study."`
}

func (s *sweepCancelCommand) Run(ctx context.Context, c console) error {
	study, trials, err := lookAll(s.Dir)
	if err != nil {
		return err
	}
	jobs, err := slurm.Cancel(ctx, study)
	if err != nil {
		return err
	}
	if err := study.Cancel(); err != nil {
		return err
	}
	running := sweep.Count(trials)[sweep.Running]
	fmt.Fprintf(c.out, "%d trials are running and end now, %d jobs of the cluster are called off; `maestro sweep "+
		"run` goes on with them\n",
		running, jobs)
	return nil
}

type sweepRetryCommand struct {
	Dir    string   `arg:"" name:"study" help:"The folder of the study."`
	Trials []string `arg:"" optional:"" name:"trial" help:"The trials, by the names of their runs; all that ended so when none is given."`
	States []string `enum:"lost,preempted,failed,diverged,stopped" default:"lost,failed,stopped" placeholder:"STATE,…" help:"How they ended."`
}

func (s *sweepRetryCommand) Run(c console) error {
	study, trials, err := lookAll(s.Dir)
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, name := range s.Trials {
		names[name] = true
	}
	n := 0
	for i := range trials {
		t := &trials[i]
		named := names[t.Name()]
		delete(names, t.Name())
		asked := named
		for _, state := range s.States {
			asked = asked || len(s.Trials) == 0 && t.State == sweep.State(state)
		}
		if !asked {
			continue
		}
		if t.State == sweep.Finished || t.State == sweep.Running {
			return fmt.Errorf("%s is %s: there is nothing to try again", t.Name(), t.State)
		}
		if err := sweep.Again(t); err != nil {
			return err
		}
		n++
	}
	for name := range names {
		return fmt.Errorf("the study %s has no trial %s", study.Dir, name)
	}
	fmt.Fprintf(c.out, "%d trials are tried again by the next `maestro sweep run`\n", n)
	return nil
}
