// Package live runs cells whose values live on. A cell is Go: declarations, statements, or both in any order. It is
// rewritten into a package of its own, compiled, linked as a plugin and opened in one process, the host, which keeps
// every variable, closure, goroutine, open device and compiled program of the cells before.
//
// The way of a cell: [Split] takes lines that are no Go (shell commands, magics) out of it; items.go cuts the rest
// into declarations and statements; rewrite.go renames what it declares, so that later cells can import it, and
// check.go finds the types of its variables with go/types; emit.go writes the package; build.go compiles it and links
// it to what the host has already (package object says how; base.go makes the host); the host runs it.
//
// # What differs from one Go program
//
// Variables declared by statements at a cell's top level are variables of the session. A variable that is declared
// anew with the same type keeps its place, so that functions and goroutines of earlier cells see the new value; with
// another type it is a new one. A function that is declared anew with the same signature takes the old one's place in
// its callers, too. A type that is declared anew is another type: values of the old one stay what they are, and
// errors name them.
//
// A function init, or one whose name begins with init_, runs each time that its cell does, after the variables of its
// declarations have their values.
//
// An interrupt, and os.Exit, end the cell's goroutines as runtime.Goexit does: deferred calls run, and nothing
// recovers them.
//
// A variable whose type no other package can name does not outlive its cell, unless its value is a name of an import.
//
// A statement at the top level may leave out the error that its call returns last: the cell then fails with it.
package live
