package kernel

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// CellError is a notebook's failure in a cell.
type CellError struct {
	Notebook string
	Cell     int    // counted among the code cells, from 1; 0 where no cell had started
	Line     int    // in the cell, from 1; 0 where it is not known
	Text     string // what the compiler or the program said
}

func (e *CellError) Error() string {
	at := e.Notebook
	if e.Cell > 0 {
		at += fmt.Sprintf(": cell %d", e.Cell)
	}
	if e.Line > 0 {
		at += fmt.Sprintf(", line %d", e.Line)
	}
	return at + ": " + e.Text
}

// newCellError reads what a cell that failed wrote to its standard error, and what GoNB says of it. Where the cell
// failed in a function that an earlier cell declared, Line is that of the call, and Text says where in the earlier
// cell it was.
func newCellError(notebook string, cell int, said string) *CellError {
	e := &CellError{Notebook: notebook, Cell: cell, Text: gist(said)}
	origin := ""
	for _, m := range cellPlace.FindAllStringSubmatch(said, -1) { // a stack, innermost call first, or several errors
		at, _ := strconv.Atoi(m[1] + m[3])
		line, _ := strconv.Atoi(m[2] + m[4])
		if at == cell {
			e.Line = line
			break
		}
		if origin == "" {
			origin = fmt.Sprintf(" (in line %d of cell %d)", line, at)
		}
	}
	e.Text += origin
	return e
}

var (
	// cellPlace is where in the notebook an error is, in GoNB's report and in that of a living cell.
	cellPlace    = regexp.MustCompile(`(?m)^(?:Cell\[(\d+)\]: Line (\d+) |(?:    at )?cell \[(\d+)\]:(\d+))`)
	compileError = regexp.MustCompile(
		`(?m)^(?:Cell\[\d+\]: Line \d+ \S*main(?:_test)?\.go:\d+:\d+|cell \[\d+\]:\d+:\d+): (.*)$`)
	panicLine = regexp.MustCompile(`(?m)^(?:panic|fatal error): .*$`) // a deadlock is a fatal error
	// in a package of the checkout that a cell imports
	packageError = regexp.MustCompile(`(?m)^(\S+\.go:\d+:\d+: .*)$`)
)

// gist is the one line of an error that a person looks for first.
func gist(said string) string {
	if line := panicLine.FindString(said); line != "" {
		return line
	}
	for _, known := range []*regexp.Regexp{compileError, packageError} {
		if m := known.FindStringSubmatch(said); m != nil {
			return strings.TrimSuffix(m[1], "; to add it:") // a command that a cell has no use for follows
		}
	}
	last, status := "", ""
	for line := range strings.Lines(said) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "exit status "):
			status = line
		case line != "":
			last = line
		}
	}
	switch {
	case last == "":
		return status
	case status != "":
		return last + " (" + status + ")"
	}
	return last
}
