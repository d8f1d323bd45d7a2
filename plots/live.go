package plots

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"
	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/kernel/cell"
)

// Live is a figure under a notebook cell that is drawn anew in its place while what it shows grows. Its methods may be
// called from any goroutine.
//
//	live, err := plots.NewLive(plots.Size{})
//	...
//	defer live.Close()
//	for ... {
//		live.Draw(figure)
//	}
type Live struct {
	size Size
	send func(protocol.DisplayData) error
	now  func() time.Time

	mu     sync.Mutex
	latest *plot.Plot  // nil before the first Draw
	next   time.Time   // the earliest time to draw at
	timer  *time.Timer // draws the latest figure then, where one is waiting
	err    error
	closed bool
}

// Drawing takes at most a fifth of the time, or what trains the network would wait for its own picture, and no screen
// shows more than about 60 pictures a second.
const (
	liveShare = 5
	liveEvery = 16 * time.Millisecond
)

// NewLive returns a figure that shows nothing yet, at the given size. It is an error outside a GoNB notebook. Close must
// be called when the figure is done, by defer, so that it is whole also when the cell fails.
func NewLive(size Size) (*Live, error) {
	out, err := cell.NewOutput()
	if errors.Is(err, cell.ErrNoCell) {
		return nil, errNoCell
	}
	if err != nil {
		return nil, fmt.Errorf("plots: live figure: %w", err)
	}
	return &Live{size: size, send: out.Set, now: time.Now}, nil
}

// Draw puts p in place of what the figure shows. Of figures that come faster than they can be drawn only the latest is,
// a little later, so the values behind p may grow but must not change any more. The error is the first one in drawing
// anything so far.
func (l *Live) Draw(p *plot.Plot) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errors.New("plots: live figure: drawn after it was closed")
	}
	l.latest = p
	if l.timer != nil || l.err != nil {
		return l.err
	}
	if wait := l.next.Sub(l.now()); wait > 0 {
		l.timer = time.AfterFunc(wait, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.timer = nil; !l.closed {
				l.draw()
			}
		})
		return nil
	}
	l.draw()
	return l.err
}

// draw shows the latest figure in the form that is cheapest to make and to show, some 3 ms where a PNG takes 50: an SVG
// within HTML, which the page swaps without a flicker.
func (l *Live) draw() {
	begin := l.now()
	svg, err := Render(l.latest, l.size, "svg")
	if err == nil {
		err = l.send(protocol.DisplayData{Data: map[protocol.MIMEType]any{
			protocol.MIMETextHTML:  string(svg),
			protocol.MIMETextPlain: describe(l.latest),
		}})
	}
	l.keep(err)
	cost := l.now().Sub(begin)
	l.next = begin.Add(max(liveEvery, liveShare*cost))
}

func (l *Live) keep(err error) {
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("plots: live figure: %w", err)
	}
}

// Close leaves the latest figure as [Show] shows one, in all forms that a saved notebook needs. It returns the first
// error in drawing anything.
func (l *Live) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.err
	}
	l.closed = true
	if l.timer != nil {
		l.timer.Stop()
	}
	if l.latest == nil {
		return l.err
	}
	data, err := bundle(l.latest, l.size)
	if err == nil {
		err = l.send(data)
	}
	l.keep(err)
	return l.err
}
