package rt

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Stdout is where the goroutine's cell prints: the process's standard output while that cell runs, and a pipe of its
// own afterwards, so that what a goroutine prints stays with the cell that started it.
func Stdout() *os.File {
	if c := of(); c != nil && c.ended.Load() {
		if out, _ := c.pipes(); out != nil {
			return out
		}
	}
	return os.Stdout
}

// Stderr is Stdout's twin.
func Stderr() *os.File {
	if c := of(); c != nil && c.ended.Load() {
		if _, errors := c.pipes(); errors != nil {
			return errors
		}
	}
	return os.Stderr
}

// pipes opens the cell's own at the first call. They are nil where that fails, and the process's are used.
func (c *Cell) pipes() (out, errors *os.File) {
	c.late.once.Do(func() {
		if state.lateCell == nil {
			return
		}
		var files [2]*os.File
		for i, name := range []string{"stdout", "stderr"} {
			path := filepath.Join(state.lateFolder, fmt.Sprintf("late-%d-%s", c.ID, name))
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				return
			}
			// for reading, too, so that opening does not wait for the kernel
			file, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				return
			}
			files[i] = file
		}
		c.late.out, c.late.errors = files[0], files[1]
		state.lateCell(c.ID)
	})
	return c.late.out, c.late.errors
}

// Print, Printf and Println are fmt's in a cell.
func Print(a ...any) (n int, err error)                 { return Fprint(Stdout(), a...) }
func Printf(format string, a ...any) (n int, err error) { return Fprintf(Stdout(), format, a...) }
func Println(a ...any) (n int, err error)               { return Fprintln(Stdout(), a...) }

// CellKey is the metadata by which an output says which cell it is of.
const CellKey = "maestro_cell"
