// Package launch runs a study from a program of one's own, or from a cell, by one statement:
//
//	study := sweep.Study{Dir: "studies/hill", Settings: s, Axes: []string{"lambda_gl=0,log(1e-5..1e-2,4)"}, Seeds: []uint64{1, 2, 3}}
//	err := launch.Run(ctx, study, launch.Options{Load: load})
//
// What is done stays: the same statement again runs what is missing, and nothing where nothing is, whatever ended the
// program before.
//
// # Processes
//
// With Workers the trials are trained in processes: further ones of the same program, with the same arguments, whose
// main comes to the same statement, works there at its trials, and ends. So what the program does before is done by
// each of them too, and what it prints before goes nowhere. A notebook's living cells are no program of their own:
// there networks and data that the command knows by their names are trained by processes of the command, and one's
// own in the process that the cells live in.
package launch
