// Package sweepview shows a study in a cell: [Show] as it lies, [Watch] while it is run, with its front, its curves or
// heat map, the ranks of one of its trials, and its points as a table. Each figure is a function of trials, for a
// figure of one's own.
//
// All of it reads records and run folders alone, so a study that a cluster or another process works at is shown alike.
package sweepview
