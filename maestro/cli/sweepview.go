package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/slurm"
)

// sweepView shows how far a sweep is.
type sweepView struct {
	console
	bar     *terminal
	mu      sync.Mutex
	points  map[string]string // trials in words, by their names
	all     int
	running map[string]sweep.Event
	done    map[string]bool
}

func newSweepView(c console, trials []sweep.Trial) *sweepView {
	v := &sweepView{console: c, bar: newTerminal(c.err), running: map[string]sweep.Event{}, done: map[string]bool{}}
	v.trials(trials)
	return v
}

// trials are those that are to be run.
func (v *sweepView) trials(trials []sweep.Trial) {
	v.points, v.all = map[string]string{}, len(trials)
	for _, t := range trials {
		v.points[t.Name()] = fmt.Sprintf("%s, seed %d", t.Point, t.Settings.Seed)
		if t.State == sweep.Finished {
			v.done[t.Name()] = true
		}
	}
}

func (v *sweepView) clear() { v.bar.clear() }

// started is event for trials of this process, whose training has a bar of its own.
func (v *sweepView) started(e sweep.Event) {
	if e.Attempt > 0 {
		v.event(e)
	}
}

// event shows what a worker tells: a line for each trial that begins or ends, and one that says how far all are.
func (v *sweepView) event(e sweep.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	began := e.State == sweep.Running && e.Attempt > 0
	if e.State == sweep.Running {
		v.running[e.Trial] = e
	} else {
		delete(v.running, e.Trial)
		v.done[e.Trial] = e.State == sweep.Finished
	}
	switch {
	case began:
		v.bar.clear()
		fmt.Fprintf(v.err, "%s  %s (%d of %d done)\n", e.Trial, v.points[e.Trial], v.count(), v.all)
	case e.State == sweep.Finished, e.State == sweep.Interrupted:
	case e.State != sweep.Running:
		v.bar.clear()
		fmt.Fprintf(v.err, "warning: %s: %s: %s\n", e.State, v.points[e.Trial], e.Reason)
	}
	if e.Attempt > 0 || e.Steps == 0 {
		return
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(v.running)) {
		if r := v.running[name]; r.Steps > 0 {
			parts = append(parts, fmt.Sprintf("%d %%", 100*r.Step/r.Steps))
		}
	}
	v.bar.report(fmt.Sprintf("%d running: %s", len(v.running), strings.Join(parts, ", ")), v.count(), v.all)
}

// queue shows how many of a cluster's jobs are where.
func (v *sweepView) queue(q slurm.Queue) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.bar.report(fmt.Sprintf("on the cluster: %d running, %d pending", q.Running, q.Pending), 0, 0)
}

func (v *sweepView) count() (n int) {
	for _, done := range v.done {
		if done {
			n++
		}
	}
	return n
}
