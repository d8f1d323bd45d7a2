// Package programs keeps compiled XLA programs between processes, so that a program is compiled once per machine:
// loading one takes a small part of the time that compiling it does (docs/measurements.md).
//
// Install puts a wrapper around a PJRT plugin's compile call before the plugin is first used. GoMLX and go-xla stay
// as they are. An entry is the plugin's own serialised executable, native code included, so its key covers everything
// that the code depends on: the program, the compile options, XLA's flags, the plugin file, the processor and how
// many of them there are. Whatever is wrong with an entry, the program is compiled anew and the entry replaced.
package programs
