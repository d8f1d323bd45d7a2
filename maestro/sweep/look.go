package sweep

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/maestro-lod/notebook/maestro/internal/folderlock"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// Look says where every trial is that was asked for last. It only reads, and disturbs no worker.
func (s Study) Look() ([]Trial, error) {
	trials, err := s.Trials()
	if err != nil {
		return nil, err
	}
	return trials, LookAt(trials)
}

// LookAll is Look at the trials that were ever asked for, those of the newest call first.
func (s Study) LookAll() ([]Trial, error) {
	trials, err := s.Trials()
	if err != nil {
		return nil, err
	}
	specs, err := filepath.Glob(filepath.Join(s.Dir, "specs", "*.yaml"))
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, t := range trials {
		seen[t.Dir] = true
	}
	for _, path := range specs {
		other, err := ReadSpec(s.Dir, path)
		if err != nil {
			return nil, err
		}
		more, err := other.Trials()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, t := range more {
			if !seen[t.Dir] && (fileExists(t.recordFile()) || runs.Exists(t.Dir)) {
				seen[t.Dir] = true
				trials = append(trials, t)
			}
		}
	}
	return trials, LookAt(trials)
}

// LookAt fills in where each of some trials is.
func LookAt(trials []Trial) error {
	const share = 64
	var all errgroup.Group
	all.SetLimit(8)
	for first := 0; first < len(trials); first += share {
		some := trials[first:min(first+share, len(trials))]
		all.Go(func() error {
			for i := range some {
				if err := some[i].look(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return all.Wait()
}

func (t *Trial) look() error {
	r, err := t.record()
	if err == nil && r.state(t) == Lost {
		r, err = t.record() // it may have ended in the meantime, and have said so before
	}
	t.Reason = ""
	if errors.Is(err, errRecord) {
		t.Reason, r = err.Error(), Record{}
	} else if err != nil {
		return err
	}
	if r.Outcome == nil && len(r.Attempts) == 0 {
		if err := t.lookAtRun(&r); err != nil { // made before studies had records, or the record is gone
			return err
		}
	}
	t.is(r)
	if n := len(r.Attempts); n > 0 && t.State != Finished && t.State != Running {
		t.Reason = cmp.Or(r.Attempts[n-1].Reason, t.Reason)
	}
	return nil
}

// is fills in what a record says of the trial.
func (t *Trial) is(r Record) {
	t.State, t.Outcome, t.Attempts, t.bad = r.state(t), r.Outcome, len(r.Attempts), 0
	for _, a := range r.Attempts[min(r.Again, len(r.Attempts)):] {
		if a.State != Interrupted && a.State != Preempted {
			t.bad++
		}
	}
}

// state is the trial's by its record alone, and by whether the process of its last attempt is there.
func (r Record) state(t *Trial) State {
	n := len(r.Attempts)
	switch {
	case r.Outcome != nil:
		return Finished
	case n == 0 && runs.Exists(t.Dir):
		return Interrupted
	case n == 0:
		return Missing
	}
	switch last := r.Attempts[n-1]; {
	case last.State == "" && last.alive(t.folder()):
		return Running
	case n <= r.Again && runs.Exists(t.Dir):
		return Interrupted
	case n <= r.Again:
		return Missing
	case last.State == "":
		return Lost
	default:
		return last.State
	}
}

// lookAtRun has the record of a trial that has none from its run folder.
func (t *Trial) lookAtRun(r *Record) error {
	if !runs.Exists(t.Dir) {
		return nil
	}
	run, err := runs.Read(t.Dir)
	if err != nil {
		return err
	}
	if t.From == nil && !t.Settings.Same(run.Config.Settings) {
		return fmt.Errorf("%s holds a run with other settings: remove it, or name another folder of the study", t.Dir)
	}
	if !run.Done() {
		return nil
	}
	if _, err := runs.ReadTest(t.Dir); errors.Is(err, os.ErrNotExist) || t.Ladder != nil {
		return nil // what is left is done by the next attempt
	}
	r.Outcome, err = OutcomeOf(run)
	return err
}

// silence is how long a worker on another machine says nothing until it counts as lost; Beat is how often it does.
const (
	silence = 4 * Beat
	Beat    = 15 * time.Second
)

// alive says whether the attempt's process is at work, as far as can be seen without touching its lock.
func (a Attempt) alive(folder string) bool {
	if host, _ := os.Hostname(); host == a.Host {
		return processLives(a.PID, a.Birth)
	}
	lock, err := os.Stat(filepath.Join(folder, folderlock.Name))
	return err == nil && time.Since(lock.ModTime()) < silence
}

// processLives says whether a process is there, and the same that had this birth.
func processLives(pid int, birth uint64) bool {
	if born := birthOf(pid); born > 0 || birth > 0 {
		return born == birth
	}
	p, err := os.FindProcess(pid)
	return err == nil && p.Signal(noSignal) == nil
}

// birthOf is when a process started, in ticks since the machine did; 0 where there is none, or no /proc. A process that
// has ended, and that nobody has asked for yet, is none.
func birthOf(pid int) (ticks uint64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, ok := strings.Cut(string(text), ") ") // the name may have spaces
	fields := strings.Fields(rest)
	if err != nil || !ok || len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return 0
	}
	_, _ = fmt.Sscan(fields[19], &ticks)
	return ticks
}

// Seconds is how long a finished trial took in the mean; 0 where none has finished, from which nothing can be told.
func Seconds(trials []Trial) (each float64) {
	n := 0
	for _, t := range trials {
		if t.Outcome != nil {
			n++
			each += t.Outcome.Seconds
		}
	}
	return each / float64(max(n, 1))
}

// Count is how many trials are in each state.
func Count(trials []Trial) map[State]int {
	count := map[State]int{}
	for _, t := range trials {
		count[t.State]++
	}
	return count
}

// DataMixed is an error where trials were not all trained on the same data: their figures do not belong together.
func DataMixed(trials []Trial) error {
	first := slices.IndexFunc(trials, func(t Trial) bool { return t.Outcome != nil })
	for _, t := range trials[max(first, 0):] {
		if a := trials[first]; t.Outcome != nil && t.Outcome.Data != a.Outcome.Data &&
			t.Settings.Data == a.Settings.Data {
			return fmt.Errorf("%s and %s were trained on different data of one name (%.8s… and %.8s…): remove the "+
				"folders of "+
				"one kind, and run the study again", a.Name(), t.Name(), a.Outcome.Data, t.Outcome.Data)
		}
	}
	return nil
}

// Worker is the process that attempts the trial on this machine; 0 where none does.
func (t Trial) Worker() (pid int) {
	all := t.History()
	host, _ := os.Hostname()
	if n := len(all); n > 0 && all[n-1].State == "" && all[n-1].Host == host && all[n-1].alive(t.folder()) {
		return all[n-1].PID
	}
	return 0
}
