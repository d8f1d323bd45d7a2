package cell

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/maestro-lod/notebook/kernel/live/rt"
)

// ErrNoCell is what showing something comes to outside a GoNB notebook.
var ErrNoCell = errors.New("not in a GoNB notebook, so there is no cell to show anything in")

// Context returns a context that ends when the cell is interrupted, in place of the program, whose deferred calls then
// still run. GoNB kills a cell that has not ended five seconds after the interrupt.
func Context() (ctx context.Context, stop context.CancelFunc) {
	return rt.NotifyContext(context.Background(), os.Interrupt)
}

// Show puts one output under the running cell, in all the forms that data holds, and returns once the kernel has it, so
// that the cell may end right after.
func Show(data protocol.DisplayData) error {
	if !gonbui.IsNotebook {
		return ErrNoCell
	}
	if id := rt.CellID(); id > 0 { // of a living cell, whose goroutines may outlive it
		data.Metadata = maps.Clone(data.Metadata)
		if data.Metadata == nil {
			data.Metadata = map[string]any{}
		}
		data.Metadata[rt.CellKey] = id
	}
	rt.Settle()
	gonbui.SendData(&data)
	// A cell that ends before the kernel has read its output loses it.
	if gonbui.Error() == nil {
		gonbui.Sync()
	}
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("sending an output to the kernel: %w", err)
	}
	return nil
}

// Output is a place under the running cell whose content can be replaced. It takes its place on the page with the first
// content.
type Output struct{ id string }

// NewOutput returns an output that shows nothing yet.
func NewOutput() (*Output, error) {
	if !gonbui.IsNotebook {
		return nil, ErrNoCell
	}
	return &Output{id: newID()}, nil
}

// Set replaces what the output shows, and returns once the kernel has it.
func (o *Output) Set(data protocol.DisplayData) error {
	data.DisplayID = o.id
	return Show(data)
}

func newID() string { return "maestro-" + gonbui.UniqueId() + gonbui.UniqueId() }

// page is an output of HTML with its text for where there is none.
func page(html, text string) protocol.DisplayData {
	return protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextHTML: html,
		protocol.MIMETextPlain: text}}
}
