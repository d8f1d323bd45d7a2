// Package ops holds the operations that GoMLX lacks, that it cannot differentiate, or that XLA is slow at on a CPU:
// convolutions, batch normalisation, sums over all axes but the last, gradients given by hand.
//
// They build graphs and keep to GoMLX's habit: a mistake panics, and the executor that compiles the graph turns the
// panic into an error. All of them can be differentiated once. Off the CPU they are GoMLX's own operations wherever
// it has them.
package ops
