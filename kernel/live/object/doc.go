// Package object edits what Go's compiler and linker write, so that a cell is linked quickly to a process that has its
// libraries already.
//
// Go's linker makes every plugin whole: it copies all code that the plugin may call, GoMLX and gonum among it,
// however short the cell is (docs/measurements.md), although the process that opens it has all of that code and the
// dynamic linker then chooses the process's. Here the process is linked with every function of its libraries (Keep),
// and a cell with hollow libraries (Hollow): archives whose types are whole, whose functions and variables are names
// alone. What comes of those names in the object file that goes to the system's linker is then made undefined
// (Undefine), so that the dynamic linker must find it in the process: where it does not, the plugin is refused by the
// name of the symbol.
//
// The formats are those of Go's own cmd/internal/goobj and cmd/internal/archive, whose version is checked, and ELF's.
package object
