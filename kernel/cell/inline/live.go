package inline

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"
	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/kernel/cell"
	"github.com/maestro-lod/notebook/plots"
)

// Live is a figure below a cell that is drawn anew in its place while what it shows grows. Its methods may be called
// from any goroutine.
//
//	live, err := inline.NewLive(plots.Size{})
//	...
//	defer live.Close()
//	for ... {
//		live.Draw(plots.TotalRank(runs))
//	}
type Live struct {
	size plots.Size
	send func(protocol.DisplayData) error
	now  func() time.Time

	mu     sync.Mutex
	latest *plot.Plot    // nil before the first Draw
	drawn  time.Time     // when drawing was last begun
	left   time.Duration // that may be spent on drawing now; below 0 it is owed
	timer  *time.Timer   // draws the latest figure later, where one is waiting
	err    error
	closed bool
}

// No screen shows more than about 60 pictures a second. What trains a network would wait for its own picture, so in
// the long run drawing takes a fifth of the time; but the hundred pictures or so of a slider that is dragged are not
// held up.
const (
	liveEvery  = 16 * time.Millisecond
	liveShare  = 5
	liveSaving = 500 * time.Millisecond
)

// NewLive returns a figure that shows nothing yet, at the given size. It is an error outside a notebook. Close must
// be called when the figure is done, by defer, so that it is whole also when the cell fails.
func NewLive(size plots.Size) (*Live, error) {
	out, err := cell.NewOutput()
	if errors.Is(err, cell.ErrNoCell) {
		return nil, errNoCell
	}
	if err != nil {
		return nil, fmt.Errorf("live figure: %w", err)
	}
	return newLive(size, out.Set, time.Now), nil
}

func newLive(size plots.Size, send func(protocol.DisplayData) error, now func() time.Time) *Live {
	return &Live{size: size, send: send, now: now, left: liveSaving}
}

// Draw puts p in place of what the figure shows. It takes what a function of package plots returns, whose error, if
// it is not nil, comes back. Of figures that come faster than they can be drawn only the latest is, a little later,
// so the values behind p may grow but must not change any more. Any other error is the first one in drawing anything
// so far.
func (l *Live) Draw(p *plot.Plot, err ...error) error {
	if err := cmp.Or(err...); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errors.New("live figure: drawn after it was closed")
	}
	l.latest = p
	if l.timer != nil || l.err != nil {
		return l.err
	}
	if wait := l.wait(); wait > 0 {
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

// wait is how long it is until the next picture may be drawn.
func (l *Live) wait() time.Duration {
	since := l.now().Sub(l.drawn)
	owed := -min(l.left+since/liveShare, liveSaving) * liveShare
	return max(liveEvery-since, owed)
}

// draw shows the latest figure in the form that is cheapest to make and to show: an SVG within HTML, which the page
// swaps without a flicker.
func (l *Live) draw() {
	begin := l.now()
	l.left = min(l.left+begin.Sub(l.drawn)/liveShare, liveSaving)
	l.drawn = begin
	svg, err := plots.Render(l.latest, l.size, "svg")
	if err == nil {
		err = l.send(protocol.DisplayData{Data: map[protocol.MIMEType]any{
			protocol.MIMETextHTML:  string(svg),
			protocol.MIMETextPlain: plots.Describe(l.latest),
		}})
	}
	l.keep(err)
	l.left -= l.now().Sub(begin)
}

func (l *Live) keep(err error) {
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("live figure: %w", err)
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
