// Package rt is what the code of a living cell calls while it runs: checks that let an interrupt end a loop, writers
// that carry a cell's output to that cell, the recovery of a goroutine's panic, and the showing of a cell's last
// value. The kernel writes the calls into a cell's code before it is compiled (see package live); nobody types them.
package rt
