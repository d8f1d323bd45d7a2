package sweep

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/maestro-lod/notebook/maestro/internal/folderlock"
)

const noSignal = syscall.Signal(0)

// Retry says which trials are tried again that did not finish. Those that are missing or interrupted always are.
type Retry struct {
	States []State // such as DefaultRetry
	// Most is how many attempts at a trial may end badly (failed, diverged, lost or stopped); 0 is DefaultMost.
	// Interruptions and pre-emptions do not count.
	Most int
}

// DefaultMost attempts at a trial may end badly.
const DefaultMost = 3

// DefaultRetry are the states whose cause lies outside the trial.
func DefaultRetry() []State { return []State{Lost, Preempted} }

// Due says whether a trial that was looked at, or is claimed, is to be attempted.
func (r Retry) Due(t Trial) bool {
	switch t.State {
	case Missing, Interrupted:
		return true
	case Finished, Running:
		return false
	}
	return slices.Contains(r.States, t.State) && (t.bad < cmp.Or(r.Most, DefaultMost) || t.State == Preempted)
}

// Claim is a trial in the hands of this process.
type Claim struct {
	Trial  *Trial
	lock   *folderlock.Lock
	mu     sync.Mutex
	record Record
	beats  chan struct{}
}

// Take claims a trial. One that another has in hand is an ErrHeld. An attempt that ended without a word is written down
// as lost.
func Take(t *Trial, warn func(string)) (*Claim, error) {
	if err := os.MkdirAll(t.folder(), 0o755); err != nil {
		return nil, err
	}
	lock, err := folderlock.Take(t.folder(), "running the trial", warn)
	var used *folderlock.InUse
	if errors.As(err, &used) {
		return nil, fmt.Errorf("%w: %w", ErrHeld, err)
	}
	if err != nil {
		return nil, err
	}
	c := &Claim{Trial: t, lock: lock}
	if err := c.read(); err != nil {
		lock.Release()
		return nil, err
	}
	return c, nil
}

// ErrHeld is that of a trial that another process, or another part of this one, is at.
var ErrHeld = errors.New("the trial is in other hands")

func (c *Claim) read() (err error) {
	t := c.Trial
	c.record, err = t.record()
	if errors.Is(err, errRecord) { // set aside, for whoever wants to know
		c.record, err = Record{}, os.Rename(t.recordFile(), t.recordFile()+".damaged")
	}
	if err != nil {
		return err
	}
	if n := len(c.record.Attempts); n > 0 && c.record.Attempts[n-1].State == "" && c.record.Outcome == nil {
		last := &c.record.Attempts[n-1]
		last.State, last.Ended, last.Reason = Lost, time.Now().UTC(), "its process ended without a word"
		if err := t.writeRecord(c.record); err != nil {
			return err
		}
	}
	if len(c.record.Attempts) == 0 && c.record.Outcome == nil {
		if err := t.lookAtRun(&c.record); err != nil {
			return err
		}
		if c.record.Outcome != nil {
			if err := t.writeRecord(c.record); err != nil {
				return err
			}
		}
	}
	t.is(c.record)
	return nil
}

// Begin writes down that an attempt begins, in this process, and returns its number. job and program are the cluster's
// job and the SHA-256 of the program, where there are any.
func (c *Claim) Begin(job, program string) (number int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	host, _ := os.Hostname()
	c.record.Attempts = append(c.record.Attempts, Attempt{Host: host, PID: os.Getpid(), Birth: birthOf(os.Getpid()),
		Job:     job,
		Program: program, Began: time.Now().UTC()})
	if err := c.Trial.writeRecord(c.record); err != nil {
		return 0, err
	}
	c.beats = make(chan struct{})
	go beat(filepath.Join(c.Trial.folder(), folderlock.Name), c.beats)
	return len(c.record.Attempts), nil
}

// beat has those on other machines see that the attempt goes on.
func beat(lock string, done chan struct{}) {
	tick := time.NewTicker(Beat)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case now := <-tick.C:
			_ = os.Chtimes(lock, now, now)
		}
	}
}

// End writes down how the attempt ended; the outcome is that of a finished trial, else nil.
func (c *Claim) End(state State, reason string, outcome *Outcome) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.record.Outcome != nil {
		return nil
	}
	last := &c.record.Attempts[len(c.record.Attempts)-1]
	last.State, last.Reason, last.Ended = state, reason, time.Now().UTC()
	c.record.Outcome = outcome
	c.Trial.State, c.Trial.Reason, c.Trial.Outcome = state, reason, outcome
	return c.Trial.writeRecord(c.record)
}

// Release gives the trial free.
func (c *Claim) Release() {
	if c.beats != nil {
		close(c.beats)
		c.beats = nil
	}
	c.lock.Release()
}

// Again has a trial, which has ended, tried again as if its attempts had not been.
func Again(t *Trial) error {
	c, err := Take(t, nil)
	if err != nil {
		return err
	}
	defer c.Release()
	if c.record.Outcome != nil || len(c.record.Attempts) == 0 {
		return nil
	}
	c.record.Again = len(c.record.Attempts)
	return t.writeRecord(c.record)
}

// Reap writes down that the attempt of a process, which its parent saw end, is lost, where it did not say so itself.
func Reap(t *Trial, pid int, reason string) error {
	c, err := Take(t, nil)
	if errors.Is(err, ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	defer c.Release()
	if n := len(c.record.Attempts); n == 0 || c.record.Attempts[n-1].PID != pid ||
		c.record.Attempts[n-1].State != Lost {
		return nil
	}
	return c.End(Lost, reason, nil)
}
