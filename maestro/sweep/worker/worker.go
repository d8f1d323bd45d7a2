// Package worker runs the trials of studies, in this process: one after another, each claimed first, so that any number
// of workers make each trial once.
package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/maestro-lod/notebook/maestro/interrupt"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// Options say how a worker works.
type Options struct {
	// Open makes what trials are run with, before the first; end, which may be nil, closes it. A worker that finds
	// nothing to do opens nothing.
	Open  func(ctx context.Context) (here trial.Here, end func(), err error)
	Retry sweep.Retry
	Limit time.Duration // of one attempt; 0 is none
	// StopEpochs has a trial stopped whose total rank has stayed for so many epochs, without a new best accuracy in
	// them, and which a finished point beats in accuracy and in MACs, each by two standard deviations; 0 stops none.
	// A trial that still learns is left alone: at its beginning any is less accurate than what is finished.
	StopEpochs int
	Job        string            // the cluster's, that the worker runs in; told with each attempt
	Program    string            // the SHA-256 of the program, where it is a copy in the study
	Events     func(sweep.Event) // told what goes on; may be nil
	// Process says that the process is the worker's alone. What it writes goes into the log of the attempt, and an
	// attempt that goes on long past its limit takes the process with it.
	Process bool
	// Wait says to wait for trials that others have in hand, in case they are given up.
	Wait bool
}

// MostAlike is how many trials in a row may fail with one reason: what is wrong is then wrong with all.
const MostAlike = 3

// ErrAlike is that of a worker that gave up since trials failed alike.
var ErrAlike = fmt.Errorf("%d trials in a row failed alike", MostAlike)

// Run attempts those of a study's trials that are due, in their order. Trials in other hands, and those whose turn on a
// path has not come, are looked at again once the others are done, and left where they are still in other hands.
func Run(ctx context.Context, study sweep.Study, trials []sweep.Trial, o Options) error {
	w := &worker{Options: o, study: study}
	defer w.close()
	left := trials
	for {
		var later []sweep.Trial
		worked := false
		for i := range left {
			t := &left[i]
			did, err := w.attempt(ctx, t)
			switch {
			case errors.Is(err, sweep.ErrHeld):
				later = append(later, *t)
			case err != nil:
				return err
			}
			worked = worked || did
		}
		left = later
		if len(left) == 0 || !worked && !o.Wait {
			return nil
		}
		if !worked {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Second):
			}
		}
	}
}

type worker struct {
	Options
	study   sweep.Study
	session *trial.Session
	end     func()
	alike   int
	last    string // the cause of the last failure
	log     log
	rivals  rivals
}

func (w *worker) close() {
	if w.session != nil {
		w.session.Close()
	}
	if w.end != nil {
		w.end()
	}
	w.log.close()
}

// attempt claims a trial, and runs it where it is due. An error is one that ends the worker.
func (w *worker) attempt(ctx context.Context, t *sweep.Trial) (did bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, cause(ctx)
	}
	claim, err := sweep.Take(t, nil)
	if err != nil {
		return false, err
	}
	defer claim.Release()
	if !w.Retry.Due(*t) {
		return false, nil
	}
	if t.From != nil {
		if from, err := looked(t.From); err != nil || from.State != sweep.Finished {
			if err == nil && !w.pending(from) {
				return false, nil // it will never be: this one cannot either
			}
			return false, errors.Join(sweep.ErrHeld, err)
		}
	}
	if err := w.open(ctx); err != nil {
		return false, err
	}
	number, err := claim.Begin(w.Job, w.Program)
	if err != nil {
		return false, err
	}
	if w.Process {
		if err := w.log.to(t.Log(number)); err != nil {
			return false, err
		}
	}
	w.tell(sweep.Event{Trial: t.Name(), State: sweep.Running, Attempt: number})
	state, reason, outcome := w.run(ctx, claim)
	if err := claim.End(state, reason, outcome); err != nil {
		return true, err
	}
	w.tell(sweep.Event{Trial: t.Name(), State: state, Attempt: number, Reason: reason})
	if w.Process && state != sweep.Finished {
		fmt.Fprintf(os.Stderr, "%s: %s\n", state, reason)
	}
	if err := cause(ctx); err != nil {
		return true, err
	}
	return true, w.count(state, reason)
}

// pending says whether a trial may still be finished by somebody.
func (w *worker) pending(t sweep.Trial) bool { return t.State == sweep.Running || w.Retry.Due(t) }

func looked(t *sweep.Trial) (sweep.Trial, error) {
	one := []sweep.Trial{*t}
	err := sweep.LookAt(one)
	return one[0], err
}

// open makes what trials are run with.
func (w *worker) open(ctx context.Context) error {
	if w.session != nil {
		return nil
	}
	here, end, err := w.Open(ctx)
	if err != nil {
		return err
	}
	w.session, w.end = here.Session(), end
	return nil
}

// count is an error once trials fail alike.
func (w *worker) count(state sweep.State, reason string) error {
	if state != sweep.Failed {
		w.alike, w.last = 0, ""
		return nil
	}
	why, _, _ := strings.Cut(reason, ":")
	if w.alike++; why != w.last {
		w.alike, w.last = 1, why
	}
	if w.alike >= MostAlike {
		return fmt.Errorf("%w, the last by: %s", ErrAlike, reason)
	}
	return nil
}

func (w *worker) tell(e sweep.Event) {
	if w.Events != nil {
		w.Events(e)
	}
}

var (
	errLimit = errors.New("the trial ran out of its time")
	errRival = errors.New("the trial cannot reach the front")
)

// late is how much longer than its limit an attempt may take to end by itself.
const late = 30 * time.Second

// run trains the claimed trial, and says how that ended.
func (w *worker) run(ctx context.Context, claim *sweep.Claim) (state sweep.State, reason string,
	outcome *sweep.Outcome) {
	t := claim.Trial
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if w.Limit > 0 {
		limit := time.AfterFunc(w.Limit, func() { cancel(fmt.Errorf("%w: %v", errLimit, w.Limit)) })
		defer limit.Stop()
		if w.Process {
			hung := time.AfterFunc(w.Limit+late, func() {
				_ = claim.End(sweep.Stopped, fmt.Sprintf("it hung: %v over its limit of %v", late, w.Limit), nil)
				os.Exit(1)
			})
			defer hung.Stop()
		}
	}
	// A program that is interrupted is left behind after a short grace: how the trial ended is written down before.
	said := make(chan struct{})
	var once sync.Once
	defer once.Do(func() { close(said) })
	defer context.AfterFunc(ctx, func() {
		select {
		case <-said:
		case <-time.After(time.Second):
			state, reason := ended(ctx, cause(ctx), w.Job)
			_ = claim.End(state, reason, nil)
		}
	})()

	err := w.train(inner, cancel, t)
	if err == nil {
		outcome, err = w.outcome(inner, t)
	}
	if err != nil {
		if why := context.Cause(inner); inner.Err() != nil {
			err = why
		}
		state, reason = ended(ctx, err, w.Job)
		return state, reason, nil
	}
	return sweep.Finished, "", outcome
}

// train runs the trial as it is, and tells how far it is.
func (w *worker) train(ctx context.Context, stop context.CancelCauseFunc, t *sweep.Trial) error {
	s := w.session
	before := s.Options.Progress
	defer func() { s.Options.Progress = before }()
	var told time.Time
	epoch, still := 0, newStillness()
	s.Options.Progress = func(p train.Progress) {
		if before != nil {
			before(p)
		}
		if p.Last.Epoch > epoch {
			epoch = p.Last.Epoch
			if epochs := still.after(p.Last); w.StopEpochs > 0 && epochs >= w.StopEpochs {
				if by, ok := w.rivals.beaten(w.study, t, p.Last); ok {
					stop(fmt.Errorf("%w: %s has a better accuracy and fewer MACs, each by two standard deviations",
						errRival, by))
				}
			}
		}
		if time.Since(told) > time.Second {
			told = time.Now()
			w.tell(sweep.Event{Trial: t.Name(), State: sweep.Running, Epoch: p.Epoch, Epochs: p.Epochs, Step: p.Step,
				Steps:    p.Steps,
				Accuracy: p.Last.ValidationAccuracy, TotalRank: p.Last.TotalRank})
		}
	}
	one := asTrial(t)
	return s.Finish(ctx, &one)
}

// ended is how an attempt with this error ended.
func ended(ctx context.Context, err error, job string) (sweep.State, string) {
	reason := strings.Join(strings.Fields(err.Error()), " ")
	var signal interrupt.Signal
	switch {
	case errors.Is(err, errLimit), errors.Is(err, errRival):
		return sweep.Stopped, reason
	case ctx.Err() != nil && errors.As(err, &signal) && signal.Terminates() && job != "":
		return sweep.Preempted, "the cluster ended it: " + reason
	case ctx.Err() != nil:
		return sweep.Interrupted, reason
	case errors.Is(err, train.ErrDiverged):
		return sweep.Diverged, reason
	}
	return sweep.Failed, reason
}

func cause(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}
