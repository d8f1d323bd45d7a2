package train

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// Background is a training that goes on while the program does other things, such as drawing it.
type Background struct {
	run    *Run
	cancel context.CancelFunc
	done   chan struct{}

	mu   sync.Mutex
	last Progress
	err  error
}

// Start trains the run of a task in a folder to its end in the background: a new one, or the one that is there, as
// NewOrResume has it.
func Start(backend compute.Backend, dir string, s runs.Settings, t *task.Task, o Options) (*Background, error) {
	return InBackground(func(o Options) (*Run, error) { return NewOrResume(backend, dir, s, t, o) }, o)
}

// InBackground trains a run to its end, and closes it then. It takes the place of o.Progress, which is still called.
func InBackground(start func(o Options) (*Run, error), o Options) (*Background, error) {
	ctx, cancel := context.WithCancel(context.Background())
	b := &Background{cancel: cancel, done: make(chan struct{})}
	told := o.Progress
	o.Progress = func(p Progress) {
		b.mu.Lock()
		b.last = p
		b.mu.Unlock()
		if told != nil {
			told(p)
		}
	}
	run, err := start(o)
	if err != nil {
		cancel()
		return nil, err
	}
	b.run = run
	b.mu.Lock()
	if b.last.Epochs == 0 { // nothing was told yet, and nothing will be where the run is done
		b.last.Epoch, b.last.Epochs = run.Epoch(), run.Settings.Epochs
	}
	b.mu.Unlock()
	go b.train(ctx)
	return b, nil
}

func (b *Background) train(ctx context.Context) {
	defer close(b.done)
	defer b.cancel()
	defer b.run.Close()
	defer func() { // a panic of a goroutine would end the program, and with it all that it holds
		if v := recover(); v != nil {
			b.fail(fmt.Errorf("the training ended: %v", v))
		}
	}()
	switch err := b.run.Train(ctx); {
	case err != nil && ctx.Err() != nil:
		b.fail(fmt.Errorf("%w: %v", context.Canceled, err))
	case err != nil:
		b.fail(err)
	}
}

func (b *Background) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

// Dir is the run's folder.
func (b *Background) Dir() string { return b.run.Dir }

// Progress is how far the training is.
func (b *Background) Progress() Progress {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// Status is how far the training is, in steps, and how it goes, in words.
func (b *Background) Status() (done, total int, words string) {
	p := b.Progress()
	words = fmt.Sprintf("epoch %d of %d", p.Epoch, p.Epochs)
	if p.Step > 0 {
		words += fmt.Sprintf(": loss %.3f", p.Loss)
	}
	if p.Last.Epoch > 0 {
		quality := fmt.Sprintf("accuracy %.2f %%", p.Last.ValidationAccuracy)
		if math.IsNaN(p.Last.ValidationAccuracy) {
			quality = fmt.Sprintf("loss %.4g", p.Last.ValidationLoss)
		}
		words += fmt.Sprintf(", validation %s, total rank %d", quality, p.Last.TotalRank)
	}
	return p.Step, p.Steps, words
}

// Done is closed when the training has ended.
func (b *Background) Done() <-chan struct{} { return b.done }

// Stop ends the training after the step that it is at, with its state saved, and waits for that. It can be resumed.
func (b *Background) Stop() {
	b.cancel()
	<-b.done
}

// Wait waits for the end of the training and returns its error; that of a training that was stopped is
// context.Canceled.
func (b *Background) Wait() error {
	<-b.done
	return b.Err()
}

// Err is why the training has ended before its last epoch; nil while it goes on.
func (b *Background) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// String says how far the training is.
func (b *Background) String() string {
	_, _, words := b.Status()
	select {
	case <-b.done:
		if err := b.Err(); err != nil {
			return fmt.Sprintf("%s: ended in %s (%v)", b.Dir(), words, err)
		}
		return b.Dir() + ": trained, " + words
	default:
		return b.Dir() + ": " + words
	}
}
