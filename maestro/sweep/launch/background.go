package launch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/worker"
)

// Background is a study that is run while the program does other things, such as drawing it.
type Background struct {
	study   sweep.Study
	options Options
	idle    bool // in a worker that another statement has started

	mu      sync.Mutex
	cancel  context.CancelFunc
	done    chan struct{}
	err     error
	trials  map[string]sweep.State
	running map[string]sweep.Event
}

// Run has those trials of a study attempted that are due, and returns when none is. Once ctx ends, the trials that it
// is at are left to be gone on with; so does somebody who calls the study off (sweep.Study.Cancel). It is an error
// where trials failed, with the reason of the first.
func Run(ctx context.Context, study sweep.Study, o Options) error {
	b, err := begin(ctx, study, o)
	if err != nil {
		return err
	}
	return b.Wait()
}

// InBackground is Run beside what the program does after it. The program's end is that of the study, which goes on
// with the same statement.
func InBackground(study sweep.Study, o Options) (*Background, error) {
	return begin(context.Background(), study, o)
}

func begin(ctx context.Context, study sweep.Study, o Options) (*Background, error) {
	p, isWorker, err := partOf(os.Args)
	if isWorker {
		if err == nil && !sameFolder(p.dir, study.Dir) { // another statement of the program has started it
			return ended(study), nil
		}
		if err == nil {
			err = p.work(o, os.Stdin, os.Stdout)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "maestro:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if err := o.check(study); err != nil {
		return nil, err
	}
	if err := study.Save(); err != nil {
		return nil, err
	}
	b := &Background{study: study, options: o}
	b.options.Events = func(e sweep.Event) {
		b.hear(e)
		if o.Events != nil {
			o.Events(e)
		}
	}
	return b, b.start(ctx)
}

// ended is a study of which nothing is run.
func ended(study sweep.Study) *Background {
	b := &Background{study: study, idle: true, done: make(chan struct{}), cancel: func() {}}
	close(b.done)
	return b
}

func sameFolder(a, b string) bool {
	x, err := filepath.Abs(a)
	y, err2 := filepath.Abs(b)
	return err == nil && err2 == nil && x == y
}

// start begins what is due, where nothing goes on.
func (b *Background) start(ctx context.Context) error {
	if b.idle {
		return nil
	}
	trials, err := b.study.Look()
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done != nil {
		select {
		case <-b.done:
		default:
			return nil
		}
	}
	b.know(trials)
	ctx, b.cancel = context.WithCancel(ctx)
	b.done, b.err, b.running = make(chan struct{}), nil, map[string]sweep.Event{}
	go b.run(ctx, b.cancel, b.done)
	return nil
}

func (b *Background) know(trials []sweep.Trial) {
	b.trials = map[string]sweep.State{}
	for _, t := range trials {
		b.trials[t.Name()] = t.State
	}
}

func (b *Background) run(ctx context.Context, cancel func(), done chan struct{}) {
	defer close(done)
	defer cancel()
	err := b.rounds(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.running)
	if trials, look := b.study.Look(); look == nil {
		b.know(trials)
		if err == nil {
			err = verdict(b.study, trials)
		}
	}
	b.err = err
}

func (b *Background) rounds(ctx context.Context) (err error) {
	defer func() { // a panic of a goroutine would end the program, and with it all that it holds
		if v := recover(); v != nil {
			err = fmt.Errorf("the study ended: %v", v)
		}
	}()
	retry := b.options.retry()
	return b.study.Rounds(ctx, retry, func(ctx context.Context, asked sweep.Study, trials []sweep.Trial) error {
		b.mu.Lock()
		b.know(trials)
		b.mu.Unlock()
		if b.options.Workers == 0 {
			w := b.options.worker(0)
			w.Wait = true
			return worker.Run(ctx, asked, trials, w)
		}
		by, err := b.options.processes(asked)
		if err != nil {
			return err
		}
		if err := by.Run(ctx, asked, trials); err != nil {
			return err
		}
		return begun(asked)
	})
}

// begun is an error where processes have left trials alone that nobody has ever attempted.
func begun(study sweep.Study) error {
	trials, err := study.Look()
	if err != nil {
		return err
	}
	if sweep.Count(trials)[sweep.Missing] == len(trials) {
		return fmt.Errorf("%s: its worker processes ended without a trial: each runs the program's main, which must "+
			"come to the "+
			"statement that runs the study", study.Dir)
	}
	return nil
}

// verdict is an error where trials failed.
func verdict(study sweep.Study, trials []sweep.Trial) error {
	bad, first := 0, ""
	for _, t := range trials {
		if t.State != sweep.Failed && t.State != sweep.Lost {
			continue
		}
		if bad++; bad == 1 {
			first = fmt.Sprintf("%s, seed %d, %s: %s", t.Point, t.Settings.Seed, t.State, t.Reason)
		}
	}
	if bad == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d trials of %s failed or were lost, the first %s; name the states to try again as "+
		"Retry.States, or say "+
		"`maestro sweep retry %[3]s`", bad, len(trials), study.Dir, first)
}

// hear takes in what a worker tells.
func (b *Background) hear(e sweep.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.trials[e.Trial] = e.State; e.State == sweep.Running {
		b.running[e.Trial] = e
	} else {
		delete(b.running, e.Trial)
	}
}

// Study is what is run.
func (b *Background) Study() sweep.Study { return b.study }

// Status is how many trials are finished, of how many, and how those go that are running, in words.
func (b *Background) Status() (done, total int, words string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	count := map[sweep.State]int{}
	for _, state := range b.trials {
		count[state]++
	}
	var parts []string
	for _, state := range sweep.States() {
		if n := count[state]; n > 0 && state != sweep.Finished && state != sweep.Missing {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.running)) {
		if e := b.running[name]; e.Epochs > 0 {
			parts = append(parts, fmt.Sprintf("epoch %d of %d", e.Epoch, e.Epochs))
		}
	}
	return count[sweep.Finished], len(b.trials), strings.Join(parts, ", ")
}

// Done is closed when nothing is run any more, until GoOn.
func (b *Background) Done() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.done
}

// Stop ends the trials that are running, with their states saved, and waits for that.
func (b *Background) Stop() {
	b.mu.Lock()
	cancel, done := b.cancel, b.done
	b.mu.Unlock()
	cancel()
	<-done
}

// GoOn runs what is due after a Stop, or another end, and nothing where the study is being run.
func (b *Background) GoOn() error { return b.start(context.Background()) }

// Wait waits for the end and returns Err.
func (b *Background) Wait() error {
	<-b.Done()
	return b.Err()
}

// Err is why the study has ended before all of its trials were finished; a context.Canceled where it was stopped, and
// nil while it is run.
func (b *Background) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// String says how far the study is.
func (b *Background) String() string {
	done, total, words := b.Status()
	text := fmt.Sprintf("%s: %d of %d trials", b.study.Dir, done, total)
	if words != "" {
		text += ", " + words
	}
	if err := b.Err(); errors.Is(err, context.Canceled) {
		text += " (stopped)"
	} else if err != nil {
		text += fmt.Sprintf(" (%v)", err)
	}
	return text
}
