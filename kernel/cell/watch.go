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

// Stoppable is such work that can be ended, and gone on with later.
type Stoppable interface {
	Watchable
	Stop()
}

// drawEvery is the time between two drawings of what [Follow] follows.
const drawEvery = time.Second

// Watch shows a bar for the work until it ends, with its error if it has one, or the cell is interrupted, which
// leaves the work going on.
func Watch(label string, work Watchable) error {
	ctx, stop := Context()
	defer stop()
	bar, err := NewProgress(label)
	if err != nil {
		return err
	}
	return watch(ctx, bar, work, func() error { return nil })
}

// Follow is Watch for the function of a [Panel]: once ctx ends, as it does where a [Toggle] is switched off, the work
// is stopped. It calls draw every second, and once more when the work has ended.
func Follow(ctx context.Context, label string, work Stoppable, draw func() error) error {
	bar, err := NewProgress(label)
	if err != nil {
		return err
	}
	return follow(ctx, bar, work, draw)
}

func follow(ctx context.Context, bar *Progress, work Stoppable, draw func() error) error {
	err := watch(ctx, bar, work, draw)
	work.Stop()
	return errors.Join(err, draw())
}

func watch(ctx context.Context, bar *Progress, work Watchable, draw func() error) error {
	defer bar.Close()
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	drawing := time.NewTicker(drawEvery)
	defer drawing.Stop()
	for {
		bar.Set(work.Status())
		select {
		case <-tick.C:
		case <-drawing.C:
			if err := draw(); err != nil {
				return err
			}
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
