// Package local is the executor of this machine: worker processes, each with its share of the processor's threads or
// of the devices, each replaced when it dies.
package local

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/maestro-lod/notebook/maestro/sweep"
)

// Processes has so many worker processes attempt a study's trials.
type Processes struct {
	Command sweep.Command
	Workers int // at a time; 0 is one, or one a place on a device
	Threads int // of each; 0 shares the processor's evenly
	// Devices are the accelerators by their numbers, each of which PerDevice workers share; none leaves the choice to
	// them.
	Devices   []string
	PerDevice int
	Retry     sweep.Retry
	Events    func(sweep.Event) // told what workers tell, one call at a time; may be nil
}

// Check is an error that names the first of the settings that cannot be.
func (p Processes) Check() error {
	switch {
	case p.Workers < 0:
		return fmt.Errorf("workers is %d: it must be at least 1", p.Workers)
	case p.Threads < 0:
		return fmt.Errorf("threads is %d: it must be at least 1", p.Threads)
	case p.PerDevice < 0:
		return fmt.Errorf("per_device is %d: it must be at least 1", p.PerDevice)
	case p.PerDevice > 1 && len(p.Devices) == 0:
		return errors.New("per_device shares accelerators, and there is none: leave it out, or name the devices")
	case len(p.Devices) > 0 && p.Workers > len(p.Devices)*max(p.PerDevice, 1):
		return fmt.Errorf("%d workers do not fit on %d devices at %d each: raise per_device, or lower workers",
			p.Workers,
			len(p.Devices), max(p.PerDevice, 1))
	}
	return nil
}

// workers is how many there are at a time.
func (p Processes) workers() int {
	return cmp.Or(p.Workers, max(len(p.Devices)*max(p.PerDevice, 1), 1))
}

// environ is what the worker of a place has in its environment beside the rest.
func (p Processes) environ(place int) []string {
	threads := cmp.Or(p.Threads, max(runtime.NumCPU()/p.workers(), 1))
	env := []string{
		fmt.Sprintf("NPROC=%d", threads), // what XLA's CPU client takes for the number of processors
		fmt.Sprintf("GOMAXPROCS=%d", threads),
		fmt.Sprintf("OMP_NUM_THREADS=%d", threads),
	}
	if len(p.Devices) > 0 {
		env = append(env, "CUDA_VISIBLE_DEVICES="+p.Devices[place/max(p.PerDevice, 1)%len(p.Devices)])
	}
	return env
}

// Run has the trials attempted that are due. Trials that another sweep of this study has in hand are waited for.
func (p Processes) Run(ctx context.Context, study sweep.Study, trials []sweep.Trial) error {
	if err := p.Check(); err != nil {
		return err
	}
	spec, err := study.Spec()
	if err != nil {
		return err
	}
	r := &run{Processes: p, study: study, spec: spec, byName: map[string]*sweep.Trial{}}
	for i := range trials {
		r.byName[trials[i].Name()] = &trials[i]
	}
	left := slices.Clone(trials)
	for {
		if err := sweep.LookAt(left); err != nil {
			return err
		}
		due, others := 0, 0
		left = slices.DeleteFunc(left, func(t sweep.Trial) bool {
			isDue := p.Retry.Due(t)
			if isDue {
				due++
			} else if t.State == sweep.Running {
				others++
			}
			return !isDue && t.State != sweep.Running
		})
		switch {
		case due > 0:
			worked, err := r.round(ctx, due)
			if err != nil {
				return err
			}
			if !worked && others == 0 { // as where all that is left waits for what will never be
				return nil
			}
		case others == 0:
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

type run struct {
	Processes
	study  sweep.Study
	spec   string
	byName map[string]*sweep.Trial
	mu     sync.Mutex
	worked bool
}

// round has workers at the trials until each has found nothing more to do.
func (r *run) round(ctx context.Context, due int) (worked bool, err error) {
	r.worked = false
	var all sync.WaitGroup
	errs := make([]error, min(r.workers(), due))
	for place := range errs {
		all.Go(func() { errs[place] = r.keep(ctx, place) })
	}
	all.Wait()
	if ctx.Err() != nil {
		return r.worked, context.Cause(ctx)
	}
	return r.worked, errors.Join(errs...)
}

// keep starts a worker, and another in its place where it dies, until one ends by itself. Workers that die before they
// begin anything are an error, with what they said.
func (r *run) keep(ctx context.Context, place int) error {
	for idle := 0; idle < 3; {
		began, err := r.worker(ctx, place)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.Exited() && !errors.Is(err, errDied) {
			return err
		}
		if idle++; began {
			idle = 0
		} else if idle == 3 {
			return err
		}
	}
	return nil
}

// errDied is that of a worker that ended without saying how its trial ended.
var errDied = errors.New("the worker died")

// grace is how long a worker has to end once it is told to, before it is killed.
const grace = 20 * time.Second

// worker runs one, says what its trial came to where it dies, and returns how it ended. began is true of one that
// began a trial.
func (r *run) worker(ctx context.Context, place int) (began bool, err error) {
	args := slices.Concat(r.Command.Args, []string{r.study.Dir, "--spec", r.spec}, r.Command.Flags)
	if r.PerDevice > 1 {
		args = append(args, fmt.Sprintf("--memory-share=%.3f", 0.9/float64(r.PerDevice)))
	}
	cmd := exec.Command(r.Command.Program, args...)
	cmd.Env = append(os.Environ(), r.environ(place)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that Ctrl-C reaches it once: from here
	hold, err := cmd.StdinPipe()                          // whose end tells it that this process is gone
	if err != nil {
		return false, err
	}
	defer hold.Close()
	events, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	said := &tail{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		return false, fmt.Errorf("cannot start a worker: %w", err)
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(grace):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
	}()
	current, began := r.listen(events)
	err = cmd.Wait()
	if current == nil {
		if err != nil {
			err = fmt.Errorf("a worker ended: %w%s", err, said)
		}
		return began, err
	}
	// It said that it began a trial, and did not say how that ended.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it started
	reason := "its process ended: " + strings.TrimPrefix(cmd.ProcessState.String(), "signal: ") + lastWords(*current)
	if err := sweep.Reap(current, cmd.Process.Pid, reason); err != nil {
		return began, err
	}
	r.tell(sweep.Event{Trial: current.Name(), State: sweep.Lost, Reason: reason})
	return began, fmt.Errorf("%w: %s", errDied, reason)
}

// listen passes on what a worker tells, until it ends, and returns the trial that it was at then.
func (r *run) listen(events io.Reader) (current *sweep.Trial, began bool) {
	for lines := bufio.NewScanner(events); lines.Scan(); {
		var e sweep.Event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		if current = nil; e.State == sweep.Running {
			current, began = r.byName[e.Trial], true
		}
		r.tell(e)
	}
	return current, began
}

func (r *run) tell(e sweep.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.worked = true
	if r.Events != nil {
		r.Events(e)
	}
}

// lastWords is the last line of a trial's newest log, in words.
func lastWords(t sweep.Trial) string {
	logs, _ := filepath.Glob(filepath.Join(filepath.Dir(t.Log(1)), "attempt-*.log"))
	if len(logs) == 0 {
		return ""
	}
	text, err := os.ReadFile(logs[len(logs)-1])
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if last := lines[len(lines)-1]; err == nil && last != "" {
		return "; its last words: " + last
	}
	return ""
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(len(t.text)-2000, 0):]
	return len(p), nil
}

// String is the last line, after a colon; "" where there is none.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return ": " + strings.TrimPrefix(last, "maestro: ")
	}
	return ""
}
