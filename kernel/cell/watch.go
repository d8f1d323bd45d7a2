package cell

import (
	"context"
	"errors"
	"time"
)

// Watchable is work that goes on in the background, such as a training of package train.
type Watchable interface {
	Status() (done, total int, words string)
	Done() <-chan struct{}
	Err() error
}

// Watch shows a bar for the work until it ends, with its error if it has one, or the cell is interrupted, which
// leaves the work going on.
func Watch(label string, work Watchable) error {
	ctx, stop := Context()
	defer stop()
	bar, err := NewProgress(label)
	if err != nil {
		return err
	}
	defer bar.Close()
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		bar.Set(work.Status())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		case <-work.Done():
			bar.Set(work.Status())
			if err := work.Err(); err != nil && !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		}
	}
}
