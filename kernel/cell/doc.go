// Package cell puts on the page of a running notebook cell a [Table], a [Progress] bar, and a [Panel] of controls whose
// values a function of the cell answers as they change. Package inline does figures.
//
// Everything ends as a static output that is right in the saved notebook, in an untrusted one, in exported pages, and,
// as text, in a terminal. Outside a GoNB notebook there is nothing to show on, and every entry returns [ErrNoCell].
//
// # Interrupts
//
// Interrupting a cell ends it at its next check: in its loops, at its calls, where it waits; deferred calls run.
// Cells that train ask for the interrupt with [Context] and hand the context on, so that the training ends by itself,
// with its state saved:
//
//	running, stop := cell.Context()
//	defer stop()
//	bar := cell.NewProgress("training")
//	defer bar.Close()
//
// A training that is to go on beside other cells is started in the background and looked at with [Watch].
//
// # Panels
//
// A panel talks to the page over a connection of its own, one for each kernel, so that several notebooks of one
// JupyterLab page can each hold a live panel. GoNB's own widgets (gonbui/widgets) share one connection for the whole
// page and lose it to the notebook that was last to start; they go on doing so beside panels. A kernel runs one cell at
// a time, so it has one live panel at a time.
//
// Where nobody answers, a panel waits [Panel.Handshake] and then runs once with the values it was given. Whoever
// starts a kernel that will have no page can save the wait by setting [EnvHeadless]. This project's kernel is a GoNB
// that knows of panels; the plain one waits 3 seconds for a page, with the cell's outputs held back, and leaves a
// script for it in the saved notebook, of which panels make no use.
package cell
