package supervisor

import (
	"context"
	"os"
	"time"

	"github.com/maestro-lod/notebook/kernel/live"
	"github.com/maestro-lod/notebook/kernel/live/wire"
)

// liveCells runs cells whose values live on, beside GoNB. Its state belongs to the goroutine of proxy.run.
type liveCells struct {
	session *live.Session
	opened  chan opening // once
	err     error        // why there is no session
	folder  string
	now     *liveCell
	parents map[int]message // requests of cells, by their count: what they say late is theirs
	shown   map[string]bool // display ids that are on the page
	advised bool            // a restart was advised
}

// opening is a session that is ready, or why there is none.
type opening struct {
	session *live.Session
	err     error
}

// liveCell is the cell that runs live.
type liveCell struct {
	cell     *cell
	parts    live.Cell
	compiled chan compilation
	cancel   context.CancelFunc
	running  bool
	commands bool // GoNB runs the lines of it that are no Go
	stdin    *os.File
	look     *time.Ticker       // for whether the cell waits for input, where somebody can be asked
	asked    bool               // a person was asked for a line
	took     map[string]float64 // milliseconds that its steps took
	sizes    bool               // waits for the sizes of variables
}

// compilation is what came of compiling a cell.
type compilation struct {
	cell *live.Compiled
	err  error
}

// openLive opens a session in the background: the first cell waits for it.
func openLive(ctx context.Context, s live.Settings) *liveCells {
	l := &liveCells{opened: make(chan opening, 1), folder: s.Folder, parents: map[int]message{},
		shown: map[string]bool{}}
	go func() {
		session, err := live.New(ctx, s)
		l.opened <- opening{session, err}
	}()
	return l
}

// ready waits for the session; false where there is none.
func (l *liveCells) ready() bool {
	if l == nil {
		return false
	}
	if l.session == nil && l.err == nil {
		o := <-l.opened
		l.session, l.err = o.session, o.err
	}
	return l.session != nil
}

// events is where the session's process speaks.
func (l *liveCells) events() <-chan live.Event {
	if l == nil || l.session == nil {
		return nil
	}
	return l.session.Events()
}

// input says when to look whether the running cell waits for input.
func (l *liveCells) input() <-chan time.Time {
	if l == nil || l.now == nil || l.now.look == nil {
		return nil
	}
	return l.now.look.C
}

// compilation is where the running cell's compilation ends.
func (l *liveCells) compilation() <-chan compilation {
	if l == nil || l.now == nil {
		return nil
	}
	return l.now.compiled
}

// pid is the process's; what came of it is none of GoNB's cells.
func (l *liveCells) pid() int {
	if l == nil || l.session == nil {
		return 0
	}
	return l.session.Pid()
}

// onLive passes on what the session's process says.
func (p *proxy) onLive(e live.Event) {
	n := p.live.now
	switch {
	case e.Ended:
		p.lostLive(e.Reason)
	case e.Stream != "":
		p.publishFor(e.Cell, "stream", map[string]any{"name": e.Stream, "text": e.Text})
	case e.Display != nil:
		p.publishDisplay(e)
	case e.Kind == wire.Show:
		p.publishFor(e.Cell, "execute_result", map[string]any{"execution_count": e.Cell, "metadata": map[string]any{},
			"data": map[string]any{"text/plain": e.Text}})
	case e.Kind == wire.Sizes:
		if n != nil && n.sizes {
			n.sizes = false
			p.who(e)
			p.afterMagics()
		}
	case e.Kind == wire.Done && n != nil && n.running && e.Cell == n.cell.count:
		p.onLiveDone(e)
	}
}

// current is the cell that runs live; nil where none does.
func (l *liveCells) current() *liveCell {
	if l == nil {
		return nil
	}
	return l.now
}
