// Package sweep is the sweep of a training over settings and seeds. A study is a folder, a point one choice of its
// settings, a trial a point and a seed, an attempt one process at work on a trial. What is true of a trial stands in
// its own folders: a run folder, and a record that the attempt writes which holds the trial's lock. So any number of
// workers, on any number of machines that share the folder, make each trial once, and any number of viewers read
// along.
//
// This package asks for nothing but files: a program that only looks at studies links in no time. Package worker runs
// trials; packages local and slurm start workers.
package sweep
