package cell

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shownBar records what a bar shows, on a clock that the test moves.
type shownBar struct {
	texts, htmls []string
	at           time.Time
	fail         error
}

func (s *shownBar) now() time.Time { return s.at }

func (s *shownBar) show(html, text string) error {
	s.texts, s.htmls = append(s.texts, text), append(s.htmls, html)
	return s.fail
}

func (s *shownBar) pass(d time.Duration) { s.at = s.at.Add(d) }

// TestProgress: reports that come faster than they can be read are left out, the time left follows from the rate since
// the first report, and the last line tells what it came to.
func TestProgress(t *testing.T) {
	s := &shownBar{at: time.Unix(1e9, 0)}
	p := newProgress("LeNet", s.now, s.show)
	s.pass(30 * time.Second) // compiling
	for step := 100; step <= 160; step++ {
		p.Set(step, 400, fmt.Sprintf("loss %.2f", 1/float64(step)))
		s.pass(50 * time.Millisecond)
	}
	s.pass(10 * time.Second)
	p.Set(400, 400, "loss 0.00")
	s.pass(time.Second)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if len(s.texts) != 31+2 {
		t.Errorf("the page was told %d times, want every other of 61 reports and two more", len(s.texts))
	}
	want := []string{"LeNet · 25 % · loss 0.01", "LeNet · 25 %, 15 s left · loss 0.01"} // 298 steps of 50 ms
	if diff := cmp.Diff(want, s.texts[:2]); diff != "" {
		t.Errorf("it began as (-want +got):\n%s", diff)
	}
	if got, want := s.texts[len(s.texts)-1], "LeNet · 400 of 400 in 44 s · loss 0.00"; got != want {
		t.Errorf("it ended as %q, want %q", got, want)
	}
	if last := s.htmls[len(s.htmls)-1]; strings.Contains(last, "progressbar") ||
		!strings.Contains(last, "400 of 400 in 44 s") {
		t.Errorf("the end is not one line: %s", last)
	}
	p.Set(1, 2, "after the end")
	if err := p.Close(); err != nil || len(s.texts) != 33 {
		t.Errorf("after Close it shows more: %q, %v", s.texts[len(s.texts)-1], err)
	}
}

func TestProgressEnds(t *testing.T) {
	tests := map[string]struct {
		report func(*Progress)
		want   string
	}{
		"cut short": {func(p *Progress) { p.Set(31, 100, "epoch 1") },
			"run · stopped at 31 % (31 of 100) after 2:05 · epoch 1"},
		"nothing reported": {func(p *Progress) {}, "run · ended after 2:05"},
		"no total":         {func(p *Progress) { p.Set(7, 0, "seven files") }, "run · ended after 2:05 · seven files"},
		"a study's steps":  {func(p *Progress) { p.Steps(2000, 2000) }, "run · 2000 of 2000 in 2:05"},
		"more than all":    {func(p *Progress) { p.Set(5, 4, "") }, "run · 5 of 4 in 2:05"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &shownBar{at: time.Unix(1e9, 0)}
			p := newProgress("run", s.now, s.show)
			test.report(p)
			s.pass(125 * time.Second)
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			if got := s.texts[len(s.texts)-1]; got != test.want {
				t.Errorf("it ended as %q, want %q", got, test.want)
			}
		})
	}
}

func TestProgressEscapes(t *testing.T) {
	s := &shownBar{at: time.Unix(1e9, 0)}
	p := newProgress(`<b title="x">`, s.now, s.show)
	p.Set(1, 2, "a < b & c")
	if got := s.htmls[0]; strings.Contains(got, "<b ") || !strings.Contains(got, "a &lt; b &amp; c") ||
		!strings.Contains(got, `aria-valuenow="50"`) {
		t.Errorf("the bar is %s", got)
	}
}

// TestProgressKeepsError: that the page cannot be told is no reason to end the work, but Close tells it.
func TestProgressKeepsError(t *testing.T) {
	s := &shownBar{at: time.Unix(1e9, 0), fail: errors.New("no kernel")}
	p := newProgress("run", s.now, s.show)
	p.Set(1, 2, "")
	s.fail = nil
	if err := p.Close(); err == nil || err.Error() != "no kernel" {
		t.Errorf("Close: %v", err)
	}
}

func TestOutsideNotebook(t *testing.T) {
	if _, err := NewProgress("run"); !errors.Is(err, ErrNoCell) {
		t.Errorf("NewProgress: %v", err)
	}
	if _, err := NewOutput(); !errors.Is(err, ErrNoCell) {
		t.Errorf("NewOutput: %v", err)
	}
	if err := (Panel{Controls: []Control{&Checkbox{}}}).Run(t.Context(), nil); !errors.Is(err, ErrNoCell) {
		t.Errorf("Panel.Run: %v", err)
	}
}

func TestClock(t *testing.T) {
	for d, want := range map[time.Duration]string{
		120 * time.Millisecond: "0.1 s", 9940 * time.Millisecond: "9.9 s",
		42*time.Second + 600*time.Millisecond: "43 s",
		59*time.Second + 700*time.Millisecond: "1:00", 187 * time.Second: "3:07", 3723 * time.Second: "1:02:03",
	} {
		if got := clock(d); got != want {
			t.Errorf("clock(%v) = %s, want %s", d, got, want)
		}
	}
}
