// Package interrupt ends a program in time after Ctrl-C or SIGTERM: its context ends at once, and what does not look at
// the context, such as XLA while it compiles, is left behind after a short grace. Work that would be lost, such as a
// checkpoint that is being written, is waited for; a second signal ends the program whatever it does.
package interrupt

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// ExitStatus is that of a program which ended without its own say, as a shell gives it for SIGINT.
const ExitStatus = 128 + int(syscall.SIGINT)

// grace is how long a program may take to end by itself.
const grace = 1500 * time.Millisecond

// lookEvery is how often held work is asked for once the grace is over.
const lookEvery = 10 * time.Millisecond

// watch is what a context of Notify carries.
type watch struct {
	holds atomic.Int64
	own   atomic.Bool // the program sees to signals itself
}

type watchKey struct{}

func of(ctx context.Context) *watch {
	w, _ := ctx.Value(watchKey{}).(*watch)
	return w
}

// Notify returns a context that ends at the first SIGINT or SIGTERM. From then on the program has its grace; what
// ends it after that is said on out. stop gives the signals back.
func Notify(parent context.Context, out io.Writer) (ctx context.Context, stop func()) {
	w := &watch{}
	ctx, cancel := context.WithCancelCause(context.WithValue(parent, watchKey{}, w))
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-signals:
			cancel(Signal{s})
		case <-done:
			return
		}
		for over := time.After(grace); ; {
			select {
			case <-done:
				return
			case <-signals:
				if !w.own.Load() {
					leave(out, "interrupted twice: ended at once")
				}
			case <-over:
				if w.own.Load() {
					return
				}
				if w.holds.Load() == 0 {
					leave(out, "interrupted")
				}
				over = time.After(lookEvery)
			}
		}
	}()
	return ctx, func() { signal.Stop(signals); close(done); cancel(nil) }
}

// Signal is the cause of the end of Notify's context: the first signal.
type Signal struct{ os.Signal }

func (s Signal) Error() string { return s.String() }

// Is has a Signal be a context.Canceled, as the context's own error is.
func (Signal) Is(target error) bool { return target == context.Canceled }

// Terminates is true of SIGTERM, which no person at a terminal sends.
func (s Signal) Terminates() bool { return s.Signal == syscall.SIGTERM }

func leave(out io.Writer, why string) {
	fmt.Fprintln(out, "maestro:", why)
	os.Exit(ExitStatus)
}

// Work is something that would be lost if the program ended now.
type Work struct {
	watch *watch // nil where the context is not Notify's: nothing ends the program then
	held  bool
}

// WorkOf is work under a context, not held yet. It is used by one goroutine.
func WorkOf(ctx context.Context) *Work { return &Work{watch: of(ctx)} }

// Hold has the end of the program wait until Release: for seconds at most. Holding twice is holding once.
func (w *Work) Hold() { w.set(true) }

// Release ends what Hold began, if it did.
func (w *Work) Release() { w.set(false) }

func (w *Work) set(held bool) {
	if w.watch == nil || w.held == held {
		return
	}
	if w.held = held; held {
		w.watch.holds.Add(1)
	} else {
		w.watch.holds.Add(-1)
	}
}

// Own leaves all signals after this to the program, which listens to them itself. The context still ends at the first.
func Own(ctx context.Context) {
	if w := of(ctx); w != nil {
		w.own.Store(true)
	}
}
