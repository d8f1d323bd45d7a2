// Package wire is what the kernel and the host of living cells say to each other: lines of JSON over two pipes.
package wire

import "fmt"

// The host's ends of the pipes.
const (
	CommandsFD = 3
	EventsFD   = 4
)

// The host's environment.
const (
	EnvFolder = "MAESTRO_LIVE_FOLDER" // for the pipes of cells that print after their end
	EnvMark   = "MAESTRO_LIVE_MARK"   // what the end of a cell's output is told by
)

// EndMark follows a cell's output on the standard output and the standard error. The mark is random: no cell prints it.
func EndMark(mark string, cell int) string { return fmt.Sprintf("\x00%s %d\x00", mark, cell) }

// What the kernel tells the host to do.
const (
	Run       = "run"       // open the Plugin, or find it open, and run its body as Cell
	Interrupt = "interrupt" // the running cell, and give it up after Patience
	Setenv    = "setenv"
	Chdir     = "chdir"
	Sizes     = "sizes"
	Forget    = "forget"  // the value of the variable Name of a unit
	Settled   = "settled" // the kernel has read all that was printed before the event Settle of this Cell number
)

// What the host tells the kernel.
const (
	Ready = "ready"
	Done  = "done"
	Late  = "late" // the cell prints after its end: into pipes of its own
	Show  = "show" // a text below the cell
	// Settle asks for Settled: what the cell shows next is to come after what it has printed. Cell is the question's
	// number.
	Settle = "settle"
)

// Command is what the kernel tells the host.
type Command struct {
	Do          string   `json:"do"`
	Cell        int      `json:"cell,omitempty"`
	Plugin      string   `json:"plugin,omitempty"`
	Args        []string `json:"args,omitempty"`
	Stdin       string   `json:"stdin,omitempty"`    // a pipe that a person's answers come from
	Patience    int      `json:"patience,omitempty"` // in milliseconds
	Unit        int      `json:"unit,omitempty"`
	Name, Value string   `json:",omitempty"`
}

// Failure is why a cell failed.
type Failure struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Stack string `json:"stack,omitempty"`
}

// Event is what the host tells the kernel.
type Event struct {
	Kind    string           `json:"kind"`
	Cell    int              `json:"cell,omitempty"`
	Text    string           `json:"text,omitempty"`
	Failure *Failure         `json:"failure,omitempty"`
	Left    bool             `json:"left,omitempty"`   // the cell was given up while it went on
	Opened  float64          `json:"opened,omitempty"` // milliseconds that opening the plugin took
	Ran     float64          `json:"ran,omitempty"`    // and running the cell, with that
	Memory  int64            `json:"memory,omitempty"`
	Sizes   map[string]int64 `json:"sizes,omitempty"` // of variables, in bytes, by UNIT.NAME
}
