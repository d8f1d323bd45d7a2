// Package slurm is the executor of a cluster that Slurm runs: trials are jobs of arrays. Slurm is asked by its
// commands, on the machine that the sweep was started on; nodes run workers, and none of these commands.
//
// What a trial came to is in its record, not in Slurm's answers. These only say which jobs are still to come: one
// that is not in the queue is taken for gone after it has been absent for a while without a break, since the queue's
// answer is empty, too, while the controller starts, and a job that is queued again is away for a moment. Were that
// wrong, and a trial handed in twice, its lock would have it run once.
//
// Before its time is over a job is told so, by --signal, and ends with a checkpoint; the next goes on from there. A
// job that is pre-empted hears of that at the beginning of the partition's GraceTime where the site has
// SlurmctldParameters=preempt_send_user_signal, else only at its end, with KillWait left for the checkpoint; where
// that is too short, the trial goes on from the checkpoint of the last epoch.
package slurm

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/internal/folderlock"
	"github.com/maestro-lod/notebook/maestro/sweep"
)

// Cluster hands a study's trials in as jobs of arrays, and again what comes back unfinished.
type Cluster struct {
	Command  sweep.Command
	Options  []string // of sbatch: partition, time, CPUs, GPUs
	Throttle int      // jobs at a time; 0 leaves that to the cluster
	PerJob   int      // trials a job, one after another; 0 is 1
	Retry    sweep.Retry

	Poll    time.Duration // between two looks at the queue; 0 is half a minute
	Absence time.Duration // that a job is not in the queue until it is taken for gone; 0 is five minutes
	Warning time.Duration // before its time is over a job is told to end; 0 is a minute

	Told   func(Queue)  // how many jobs are where, after each look; may be nil
	Notice func(string) // told what went wrong without ending the sweep; may be nil
}

// Queue is where jobs are.
type Queue struct{ Pending, Running int }

// Check is an error that names the first of the settings that cannot be.
func (c Cluster) Check() error {
	switch {
	case c.Throttle < 0:
		return fmt.Errorf("throttle is %d: it must be at least 1", c.Throttle)
	case c.PerJob < 0:
		return fmt.Errorf("per_job is %d: it must be at least 1", c.PerJob)
	}
	for _, option := range c.Options {
		name, _, _ := strings.Cut(option, "=")
		if !strings.HasPrefix(option, "-") {
			return fmt.Errorf("%q is no option of sbatch: it must begin with -, such as --partition=gpu", option)
		}
		if slices.Contains([]string{"--array", "-a", "--job-name", "-J", "--wrap", "--output", "-o", "--requeue",
			"--no-requeue"}, name) {
			return fmt.Errorf("sbatch's %s is set by the sweep: leave it out", name)
		}
	}
	return nil
}

// Run hands in the trials that are due, looks after their jobs, and returns once every trial is finished or is not to
// be tried again. A context that ends leaves the jobs on the cluster: a later Run finds them there.
func (c Cluster) Run(ctx context.Context, study sweep.Study, trials []sweep.Trial) error {
	if err := c.Check(); err != nil {
		return err
	}
	var err error
	if study.Dir, err = filepath.Abs(study.Dir); err != nil {
		return err
	}
	if err := os.MkdirAll(folder(study), 0o755); err != nil {
		return err
	}
	lock, err := folderlock.Take(folder(study), "running the study on the cluster", c.Notice)
	if err != nil {
		return err
	}
	defer lock.Release()
	if _, err := queue(ctx); errors.Is(err, ErrMissing) {
		return err
	}
	r := &run{Cluster: c, study: study, trials: trials, most: mostArray(ctx)}
	if r.batches, err = open(study); err != nil {
		return err
	}
	for {
		over, err := r.turn(ctx)
		if err != nil || over {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(cmp.Or(c.Poll, 30*time.Second)):
		}
	}
}

type run struct {
	Cluster
	study   sweep.Study
	trials  []sweep.Trial
	most    int // jobs an array
	batches []*batch
	silent  bool // that Slurm does not answer has been told
}

// turn looks once at the queue and the trials, and hands in what is due and on its way nowhere.
func (r *run) turn(ctx context.Context) (over bool, err error) {
	jobs, err := queue(ctx)
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err := r.answered(err); err != nil {
		return false, nil // nothing is known: neither that jobs are there, nor that they are gone
	}
	onTheirWay, err := r.follow(jobs)
	if err != nil {
		return false, err
	}
	if err := sweep.LookAt(r.trials); err != nil {
		return false, err
	}
	var due []string
	open := false
	for _, t := range r.trials {
		switch {
		case t.State == sweep.Finished:
		case onTheirWay[t.Name()], t.State == sweep.Running:
			open = true
		case r.Retry.Due(t):
			due, open = append(due, t.Name()), true
		}
	}
	if !open {
		return true, r.endAll()
	}
	return false, r.handIn(ctx, due)
}

// answered tells once that Slurm does not answer.
func (r *run) answered(err error) error {
	if err != nil && !r.silent {
		r.notice(fmt.Sprintf("%v; its jobs are taken for unchanged until it does", err))
	}
	r.silent = err != nil
	return err
}

func (r *run) notice(text string) {
	if r.Notice != nil {
		r.Notice(text)
	}
}

// follow finds the batches' jobs in the queue, ends the batches whose jobs are all gone, and returns the trials that
// the others may still come to.
func (r *run) follow(jobs []job) (onTheirWay map[string]bool, err error) {
	onTheirWay = map[string]bool{}
	var count Queue
	var left []*batch
	for _, b := range r.batches {
		there := map[int]bool{}
		for _, j := range jobs {
			if j.name != b.Name || b.array != "" && j.array != b.array {
				continue
			}
			if b.array == "" { // whoever handed it in did not live to write it down
				if err := b.is(j.array); err != nil {
					return nil, err
				}
			}
			there[j.index] = true
			if j.state == "PENDING" {
				count.Pending++
			} else {
				count.Running++
			}
		}
		open := false
		for i, names := range b.lines {
			if there[i] {
				b.gone[i] = time.Time{}
			} else if b.gone[i].IsZero() {
				b.gone[i] = time.Now()
			}
			if there[i] || time.Since(b.gone[i]) < cmp.Or(r.Absence, 5*time.Minute) {
				open = true
				for _, name := range names {
					onTheirWay[name] = true
				}
			}
		}
		if open {
			left = append(left, b)
		} else if err := b.end(); err != nil {
			return nil, err
		}
	}
	r.batches = left
	if r.Told != nil {
		r.Told(count)
	}
	return onTheirWay, nil
}

// endAll writes down that batches are over whose trials are.
func (r *run) endAll() (err error) {
	for _, b := range r.batches {
		err = errors.Join(err, b.end())
	}
	return err
}

// handIn hands trials in, in arrays as large as the site has them.
func (r *run) handIn(ctx context.Context, names []string) error {
	var lines [][]string
	for some := range slices.Chunk(names, max(r.PerJob, 1)) {
		lines = append(lines, some)
	}
	arrays := (len(lines) + r.most - 1) / r.most
	for some := range slices.Chunk(lines, r.most) {
		b := &batch{Name: "maestro-" + strings.ToLower(rand.Text()[:12]), Since: time.Now().UTC(), study: r.study,
			lines: some}
		err := r.handInOne(ctx, b, arrays)
		if errors.Is(err, errFull) || errors.Is(err, errUnreachable) {
			r.notice(err.Error())
			return nil // the rest with the next turn
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// handInOne writes the intent first: whoever comes after a process that was killed here finds the jobs by their name.
func (r *run) handInOne(ctx context.Context, b *batch, arrays int) error {
	if err := b.intend(); err != nil {
		return err
	}
	script, err := r.script(b)
	if err != nil {
		return err
	}
	array := fmt.Sprintf("--array=0-%d", len(b.lines)-1)
	if r.Throttle > 0 {
		array += fmt.Sprintf("%%%d", max(r.Throttle/arrays, 1))
	}
	args := append([]string{"--job-name=" + b.Name, array, "--requeue", "--open-mode=append",
		"--output=" + b.file("-%a.log"),
		fmt.Sprintf("--signal=B:TERM@%d", int(cmp.Or(r.Warning, time.Minute).Seconds()))}, r.Options...)
	number, err := submit(context.WithoutCancel(ctx), args, script)
	switch {
	case errors.Is(err, errUnreachable): // it may have been taken all the same
		r.batches = append(r.batches, b)
		return err
	case err != nil:
		return errors.Join(err, b.forget())
	}
	r.batches = append(r.batches, b)
	return b.is(number)
}

// script is what each job of a batch runs. The worker takes the shell's place, so that signals reach it; its threads
// are those that the job has CPUs.
func (r *run) script(b *batch) (path string, err error) {
	spec, err := r.study.Spec()
	if err != nil {
		return "", err
	}
	words := slices.Concat([]string{r.Command.Program}, r.Command.Args, []string{r.study.Dir, "--spec", spec, "--batch",
		b.Name},
		r.Command.Flags)
	for i, w := range words {
		words[i] = quoted(w)
	}
	var text strings.Builder
	text.WriteString("#!/bin/sh\n")
	text.WriteString("export NPROC=${SLURM_CPUS_PER_TASK:-1} GOMAXPROCS=${SLURM_CPUS_PER_TASK:-1} " +
		"OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1}\n")
	fmt.Fprintf(&text, "exec %s --line \"$SLURM_ARRAY_TASK_ID\" --job \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"\n",
		strings.Join(words, " "))
	path = b.file(".sh")
	return path, atomicfile.Write(path, []byte(text.String()))
}

// quoted is a word as a shell takes it for one.
func quoted(w string) string { return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'" }

// Cancel calls off all jobs of a study that are in the queue, and returns how many batches they were of.
func Cancel(ctx context.Context, study sweep.Study) (batches int, err error) {
	all, err := open(study)
	if err != nil {
		return 0, err
	}
	for _, b := range all {
		if _, err := command(ctx, "scancel", "--quiet", "--name="+b.Name); err != nil {
			return batches, err
		}
		batches++
	}
	return batches, nil
}
