// Package supervisor is the process that Jupyter starts as our kernel. It runs GoNB (github.com/janpfeifer/gonb),
// which compiles and runs cells, as a child of its own, stands between it and Jupyter to mend what it does not do
// (see proxy), and leaves nothing behind when the kernel ends.
package supervisor
