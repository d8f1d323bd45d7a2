package sweep

import "context"

// Executor has workers attempt trials: processes of this machine (package local), jobs of a cluster (package slurm), or
// something of one's own.
type Executor interface {
	// Run has those of a study's trials attempted that are due, and returns once none is any more, and none is in other
	// hands: their records say how they ended. It may be called again, by another process too, after it was cut short
	// anywhere.
	Run(ctx context.Context, study Study, trials []Trial) error
}

// Command is how a worker is started: a program that runs Worker's trials.
type Command struct {
	Program string   // the executable, as a rule a copy in the study
	Args    []string // what comes before the study: such as sweep work
	Flags   []string // what comes after it
}
