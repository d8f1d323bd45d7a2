package cell

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// job is work that a test ends.
type job struct {
	done    chan struct{}
	stopped bool
	err     error
}

func (j *job) Status() (done, total int, words string) { return 3, 8, "going" }
func (j *job) Done() <-chan struct{}                   { return j.done }
func (j *job) Err() error                              { return j.err }

func (j *job) Stop() {
	if j.stopped = true; j.err == nil {
		j.err = context.Canceled
	}
}

// TestFollow: work that has ended is drawn once more, with its error; work whose panel ends is stopped, which is no
// error, and drawn; and a drawing that fails ends it.
func TestFollow(t *testing.T) {
	failed, broken := errors.New("it diverged"), errors.New("no figure")
	for name, test := range map[string]struct {
		ends  bool // by itself
		err   error
		draw  error
		wants error
	}{
		"ended":           {ends: true},
		"failed":          {ends: true, err: failed, wants: failed},
		"switched off":    {},
		"a drawing fails": {draw: broken, wants: broken},
	} {
		s := &shownBar{at: time.Unix(1e9, 0)}
		j := &job{done: make(chan struct{}), err: test.err}
		ctx, cancel := context.WithCancel(t.Context())
		if test.ends {
			close(j.done)
		} else {
			cancel()
		}
		drawn := 0
		err := follow(ctx, newProgress(name, s.now, s.show), j, func() error { drawn++; return test.draw })
		cancel()
		if !errors.Is(err, test.wants) || (err == nil) != (test.wants == nil) {
			t.Errorf("%s: %v, want %v", name, err, test.wants)
		}
		if drawn == 0 || !j.stopped {
			t.Errorf("%s: drawn %d times, stopped %t", name, drawn, j.stopped)
		}
		if last := s.texts[len(s.texts)-1]; !strings.Contains(last, "3 of 8") {
			t.Errorf("%s: the bar ends as %q", name, last)
		}
	}
}
