package bench

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
)

//go:embed sweep_peer.py
var sweepPeer string

// SweepRequirements are the packages of the peer, locked.
//
//go:embed sweep_requirements.txt
var SweepRequirements string

// SweepOptions sets the benchmark of what a sweep costs beside the trainings.
type SweepOptions struct {
	Trials  int      // of a study: a grid of so many cells
	Rounds  int      // times that ours and the peer take turns; medians are printed
	Command []string // a program, and its arguments, that calls SweepWorker with those that follow
	Python  string   // an interpreter with Optuna, or "" to leave the peer out
}

// SweepResult is how fast processes went through a grid of trials that only square a number, and what a process left
// that was killed at the half, after another had gone through the rest.
type SweepResult struct {
	Who      string  `json:"who"`
	OneRate  float64 `json:"trials_a_second"`
	TwoRate  float64 `json:"trials_a_second_of_two_processes"`
	TwoAgain int     `json:"cells_run_again_by_two"` // in the worst round
	Left     Left    `json:"after_a_kill"`
	Over     float64 `json:"ours_over_it,omitempty"` // rates of one process
}

// Left is what is in a study: its trials by their states, the cells that are done, and how often one of them was done
// again.
type Left struct {
	Who    string         `json:"who,omitempty"`
	States map[string]int `json:"states"`
	Cells  int            `json:"cells"`
	Again  int            `json:"again"`
}

// Sweep times the bookkeeping of sweeps of one process and of two, ours beside Optuna's with its grid sampler and its
// storage in SQLite, in turns, and kills a process of each. Processes are timed from their first trial to their last.
func Sweep(ctx context.Context, o SweepOptions) ([]SweepResult, error) {
	if o.Trials < 4 || o.Rounds < 1 {
		return nil, fmt.Errorf("trials must be at least 4 and rounds at least 1, not %d and %d", o.Trials, o.Rounds)
	}
	dir, err := os.MkdirTemp("", "maestro-bench-sweep-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	sides := []side{{command: o.Command, dir: dir, cells: o.Trials}}
	if o.Python != "" {
		sides = append(sides, side{command: []string{o.Python, "-c", sweepPeer}, dir: dir, cells: o.Trials})
	}
	results := make([]SweepResult, len(sides))
	one, two := make([][]float64, len(sides)), make([][]float64, len(sides))
	for range o.Rounds {
		for i, s := range sides {
			var left Left
			for n, rates := range []*[]float64{&one[i], &two[i]} {
				store, err := s.study(ctx)
				if err != nil {
					return nil, err
				}
				rate, err := s.rate(ctx, store, n+1)
				if err != nil {
					return nil, err
				}
				*rates = append(*rates, rate)
				if left, err = s.count(ctx, store); err != nil {
					return nil, err
				}
			}
			results[i].Who, results[i].TwoAgain = left.Who, max(results[i].TwoAgain, left.Again)
		}
	}
	for i, s := range sides {
		r := &results[i]
		r.OneRate, r.TwoRate = median(one[i]), median(two[i])
		if i > 0 {
			r.Over = results[0].OneRate / r.OneRate
		}
		if r.Left, err = s.killed(ctx); err != nil {
			return nil, err
		}
		r.Left.Who = ""
	}
	return results, nil
}

// side is ours or the peer.
type side struct {
	command []string
	dir     string
	cells   int
}

// The words that tell a worker what to do beside a number: that of the trial it hangs in.
const (
	create = "create"
	whole  = "whole" // it hangs in none
	count  = "count"
)

// study makes one.
func (s side) study(ctx context.Context) (store string, err error) {
	folder, err := os.MkdirTemp(s.dir, "study-")
	if err != nil {
		return "", err
	}
	store = filepath.Join(folder, "study")
	_, err = s.output(ctx, store, create)
	return store, err
}

func (s side) process(ctx context.Context, store, what string) *exec.Cmd {
	args := slices.Concat(s.command[1:], []string{store, strconv.Itoa(s.cells), what})
	return exec.CommandContext(ctx, s.command[0], args...)
}

func (s side) output(ctx context.Context, store, what string) ([]byte, error) {
	cmd, said := s.process(ctx, store, what), strings.Builder{}
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		return nil, fmt.Errorf("a worker of the benchmark (%s) ended: %w: %s", s.command[0], err, lines[len(lines)-1])
	}
	return out, nil
}

// spell is what a worker says of itself, in Unix seconds.
type spell struct {
	Began float64 `json:"began"`
	Ended float64 `json:"ended"`
}

// rate has so many processes go through a study, and returns the cells a second.
func (s side) rate(ctx context.Context, store string, processes int) (perSecond float64, err error) {
	spells := make([]spell, processes)
	var all errgroup.Group
	for i := range spells {
		all.Go(func() error {
			out, err := s.output(ctx, store, whole)
			if err != nil {
				return err
			}
			return json.Unmarshal(out, &spells[i])
		})
	}
	if err := all.Wait(); err != nil {
		return 0, err
	}
	began, ended := math.Inf(1), math.Inf(-1)
	for _, one := range spells {
		began, ended = min(began, one.Began), max(ended, one.Ended)
	}
	return float64(s.cells) / (ended - began), nil
}

func (s side) count(ctx context.Context, store string) (left Left, err error) {
	out, err := s.output(ctx, store, count)
	if err == nil {
		err = json.Unmarshal(out, &left)
	}
	return left, err
}

// killed kills a worker in a trial, has another go through the rest, and returns what is left.
func (s side) killed(ctx context.Context) (left Left, err error) {
	store, err := s.study(ctx)
	if err != nil {
		return left, err
	}
	cmd := s.process(ctx, store, strconv.Itoa(s.cells/2))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return left, err
	}
	if err := cmd.Start(); err != nil {
		return left, err
	}
	said, _ := bufio.NewReader(out).ReadString('\n')
	err = cmd.Process.Kill()
	_ = cmd.Wait()
	if said == "" {
		return left, errors.Join(fmt.Errorf("a worker of the benchmark (%s) was to hang in a trial, and ended",
			s.command[0]), err)
	}
	if _, err := s.output(ctx, store, whole); err != nil {
		return left, err
	}
	return s.count(ctx, store)
}

// SweepWorker is our worker of Sweep's: what the store, the number of cells and a word ask for.
func SweepWorker(store string, cells int, what string, out io.Writer) error {
	study := sweep.Study{Dir: store, Settings: runs.Defaults(),
		Axes:  []string{fmt.Sprintf("lambda_gl=log(1e-6..1e-2,%d)", cells)},
		Seeds: []uint64{1}}
	if what == create {
		return study.Save()
	}
	if what == count {
		return sweepCount(study, out)
	}
	hang := -1
	if what != whole {
		var err error
		if hang, err = strconv.Atoi(what); err != nil {
			return err
		}
	}
	began := now()
	trials, err := study.Trials()
	if err != nil {
		return err
	}
	done := 0
	for i := range trials {
		if did, err := squared(&trials[i], i, done == hang, out); err != nil {
			return err
		} else if did {
			done++
		}
	}
	return json.NewEncoder(out).Encode(spell{Began: began, Ended: now()})
}

func now() float64 { return float64(time.Now().UnixMicro()) / 1e6 }

// squared attempts a trial that squares its number, as package worker attempts one that trains.
func squared(t *sweep.Trial, number int, hang bool, out io.Writer) (did bool, err error) {
	claim, err := sweep.Take(t, nil)
	if errors.Is(err, sweep.ErrHeld) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer claim.Release()
	if !(sweep.Retry{States: sweep.DefaultRetry()}).Due(*t) {
		return false, nil
	}
	if _, err := claim.Begin("", ""); err != nil {
		return false, err
	}
	if hang {
		fmt.Fprintln(out, `{"hangs": true}`)
		time.Sleep(time.Hour)
	}
	return true, claim.End(sweep.Finished, "", &sweep.Outcome{Epochs: 1, Loss: float64(number) * float64(number)})
}

func sweepCount(study sweep.Study, out io.Writer) error {
	trials, err := study.Look()
	if err != nil {
		return err
	}
	left := Left{Who: "maestro", States: map[string]int{}}
	for _, t := range trials {
		left.States[string(t.State)]++
		finished := 0
		for _, a := range t.History() {
			if a.State == sweep.Finished {
				finished++
			}
		}
		left.Cells += min(finished, 1)
		left.Again += max(finished-1, 0)
	}
	return json.NewEncoder(out).Encode(left)
}
