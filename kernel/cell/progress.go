package cell

import (
	"fmt"
	"html"
	"math"
	"strings"
	"sync"
	"time"
)

// Progress is a bar under a cell that tells how far its work is, how long the rest will take, and a line on how it
// goes. Its methods may be called from any goroutine. Reports that come faster than a person can read are left out.
type Progress struct {
	mu    sync.Mutex
	show  func(html, text string) error
	now   func() time.Time
	start time.Time
	shown time.Time // when the page was last told
	// The rate is measured from the first report on: a resumed run does not begin at 0, and compiling is over by then.
	begun  time.Time
	first  int
	state  progressState
	closed bool
	err    error
}

// progressEvery is the time between two updates of the page.
const progressEvery = 100 * time.Millisecond

// NewProgress shows a bar under the running cell. Close must be called when the work ends, however it ends, by defer.
func NewProgress(label string) (*Progress, error) {
	out, err := NewOutput()
	if err != nil {
		return nil, err
	}
	p := newProgress(label, time.Now, func(html, text string) error { return out.Set(page(html, text)) })
	return p, p.draw()
}

func newProgress(label string, now func() time.Time, show func(html, text string) error) *Progress {
	return &Progress{show: show, now: now, start: now(), state: progressState{label: label}}
}

// Set tells that `done` of `total` are done, 0 of 0 where that is not known, and how it goes.
func (p *Progress) Set(done, total int, status string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	now := p.now()
	if p.begun.IsZero() {
		p.begun, p.first = now, done
	}
	p.state.done, p.state.total, p.state.status = done, total, status
	if now.Sub(p.shown) >= progressEvery {
		p.draw()
	}
}

// Steps is Set without a word on how it goes: what a study of package studies reports its steps to.
func (p *Progress) Steps(step, steps int) { p.Set(step, steps, "") }

// Close leaves one line on how far the work came and how long that took. It returns the first error in showing any of
// it.
func (p *Progress) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return p.err
	}
	p.closed = true
	p.draw()
	return p.err
}

// draw puts the present state on the page.
func (p *Progress) draw() error {
	p.shown = p.now()
	s := p.state
	s.ended = p.closed
	s.elapsed = p.shown.Sub(p.start)
	if advanced := s.done - p.first; advanced > 0 && s.total > s.done {
		s.left = time.Duration(float64(p.shown.Sub(p.begun)) / float64(advanced) * float64(s.total-s.done))
	}
	if err := p.show(s.html(), s.text()); err != nil && p.err == nil {
		p.err = err
	}
	return p.err
}

// progressState is what a bar shows at one moment.
type progressState struct {
	label, status string
	done, total   int
	elapsed, left time.Duration // left is 0 where it is not known
	ended         bool
}

func (s progressState) share() float64 {
	if s.total <= 0 {
		return 0
	}
	return math.Min(1, math.Max(0, float64(s.done)/float64(s.total)))
}

// times is the part of the line on how far it is and how long it takes.
func (s progressState) times() string {
	percent := ""
	if s.total > 0 {
		percent = fmt.Sprintf("%.0f %%", math.Floor(100*s.share()))
	}
	count := ""
	if s.total > 0 {
		count = fmt.Sprintf("%d of %d", s.done, s.total)
	}
	switch {
	case s.ended && s.total > 0 && s.done >= s.total:
		return fmt.Sprintf("%s in %s", count, clock(s.elapsed))
	case s.ended && s.total > 0:
		return fmt.Sprintf("stopped at %s (%s) after %s", percent, count, clock(s.elapsed))
	case s.ended:
		return "ended after " + clock(s.elapsed)
	case s.left > 0:
		return fmt.Sprintf("%s, %s left", percent, clock(s.left))
	case s.total > 0:
		return percent
	}
	return clock(s.elapsed)
}

// words are the line's parts that there is something to say of.
func (s progressState) words() []string {
	var words []string
	for _, word := range []string{s.label, s.times(), s.status} {
		if word != "" {
			words = append(words, word)
		}
	}
	return words
}

func (s progressState) text() string { return strings.Join(s.words(), " · ") }

// The bar takes its colours from JupyterLab's theme and is readable without one; the words around it stay when an
// untrusted notebook takes the styles away.
const (
	progressLine = `<div style="display:flex;flex-wrap:wrap;align-items:center;gap:0 12px;padding:2px 0;` +
		`font-family:var(--jp-ui-font-family,sans-serif);font-size:var(--jp-ui-font-size1,13px);font-variant-numeric:tabular-nums;` +
		`color:var(--jp-ui-font-color1,#212121)">%s</div>`
	progressBar = `<span role="progressbar" aria-label="%s" aria-valuemin="0" aria-valuemax="100" aria-valuenow="%.0f" ` +
		`style="flex:none;width:180px;height:6px;border-radius:3px;overflow:hidden;background:var(--jp-layout-color3,#e0e0e0)">` +
		`<span style="display:block;height:100%%;width:%.1f%%;background:var(--jp-brand-color1,#1976d2)"></span></span>`
)

func (s progressState) html() string {
	label, status, times := html.EscapeString(s.label), html.EscapeString(s.status), html.EscapeString(s.times())
	var parts []string
	if label != "" {
		parts = append(parts, "<span>"+label+"</span>")
	}
	if !s.ended && s.total > 0 {
		parts = append(parts, fmt.Sprintf(progressBar, label, 100*s.share(), 100*s.share()))
	}
	parts = append(parts, `<span style="color:var(--jp-ui-font-color2,#616161)">`+times+"</span>")
	if status != "" {
		parts = append(parts, "<span>"+status+"</span>")
	}
	return fmt.Sprintf(progressLine, strings.Join(parts, " "))
}

// clock writes a time as a person reads it: 0.8 s, 42 s, 3:07, 1:02:03.
func clock(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	s := int(d.Round(time.Second).Seconds())
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
