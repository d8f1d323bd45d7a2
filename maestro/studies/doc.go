// Package studies holds each figure and table of trained networks as a function: settings in, measured data out. A
// notebook, the command line and a test call a study the same way. Those of linear problems are in package linear.
package studies
