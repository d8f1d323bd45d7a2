package cli

import (
	"fmt"
	"time"

	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/slurm"
)

// slurmFlags say how a cluster's Slurm runs the trials.
type slurmFlags struct {
	Slurm    bool          `help:"Run on the cluster, as arrays of Slurm's: start this on a login node, with the study in a folder that the nodes see."`
	Sbatch   []string      `sep:"none" placeholder:"OPTION" help:"An option for sbatch, such as --sbatch=--partition=gpu; may be repeated."`
	Throttle int           `placeholder:"N" help:"The most jobs on the cluster at a time."`
	PerJob   int           `name:"per-job" placeholder:"N" help:"Trials that a job runs one after another; one when it is not given."`
	Poll     time.Duration `default:"30s" placeholder:"TIME" help:"Between two looks at the cluster's queue."`
	Absence  time.Duration `default:"5m" placeholder:"TIME" help:"A job that is not in the queue for so long is taken for gone, and what it left is handed in again."`
	Warning  time.Duration `default:"1m" placeholder:"TIME" help:"So long before its time is over a job makes its checkpoint and ends."`
}

func (f slurmFlags) slurm(c console, study sweep.Study, s *sweepRunCommand) (sweep.Executor, error) {
	view := newSweepView(c, nil)
	notice := func(text string) { view.clear(); fmt.Fprintln(c.err, "warning:", text) }
	k := slurm.Cluster{Options: f.Sbatch, Throttle: f.Throttle, PerJob: f.PerJob, Retry: s.retry(), Poll: f.Poll,
		Absence: f.Absence,
		Warning: f.Warning, Told: view.queue, Notice: notice}
	err := k.Check()
	if err == nil && !s.DryRun {
		k.Command, err = s.command(study)
	}
	return viewed{k, view}, err
}
