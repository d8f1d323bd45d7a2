package rt

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Grace is how long a cell that asked for the interrupt has to end by itself.
const Grace = 1500 * time.Millisecond

// Graceful tells that the goroutine's cell ends by itself when it is interrupted, until done is called.
func Graceful() (done func()) {
	c := of()
	if c == nil {
		return func() {}
	}
	c.graceful.Add(1)
	return func() { c.graceful.Add(-1) }
}

// NotifyContext is signal.NotifyContext in a cell: one that asks for the interrupt is not ended by it at once.
func NotifyContext(parent context.Context, signals ...os.Signal) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, signals...)
	if !asksForInterrupt(signals) {
		return ctx, stop
	}
	done := Graceful()
	var stopped bool
	return ctx, func() {
		if !stopped {
			stopped = true
			done()
		}
		stop()
	}
}

// Notify is signal.Notify in a cell. The cell is given its grace until it ends.
func Notify(c chan<- os.Signal, signals ...os.Signal) {
	if asksForInterrupt(signals) {
		Graceful()
	}
	signal.Notify(c, signals...)
}

func asksForInterrupt(signals []os.Signal) bool {
	for _, s := range signals {
		if s == os.Interrupt || s == syscall.SIGINT {
			return true
		}
	}
	return len(signals) == 0
}

// Ignore is signal.Ignore in a cell: the kernel's interrupt ends a cell all the same, and comes as no signal where
// none is asked for.
func Ignore(...os.Signal) {}
