package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WorkersOptions sets the benchmark of trainings at once.
type WorkersOptions struct {
	Program string   // that has the command sweep run
	Flags   []string // of it, which say the model and the data
	Epochs  int      // of a trial
	Trials  int
	Rounds  int // times that the ways take turns; medians are printed
	Threads int // in all
}

// WorkersResult is how fast a sweep is with so many workers of so many threads each.
type WorkersResult struct {
	Workers     int     `json:"workers"`
	Threads     int     `json:"threads_each"`
	Seconds     float64 `json:"seconds"` // of the whole command, with its start and end
	TrialsAHour float64 `json:"trials_an_hour"`
	Over        float64 `json:"over_one_at_a_time,omitempty"`
}

// Workers times the same sweep with one worker that has all threads, and with a worker a thread.
func Workers(ctx context.Context, o WorkersOptions) ([]WorkersResult, error) {
	if o.Trials < 1 || o.Epochs < 1 || o.Rounds < 1 || o.Threads < 2 {
		return nil,
			fmt.Errorf("trials, epochs and rounds must be at least 1 and threads at least 2, not %d, %d, %d and %d",
				o.Trials, o.Epochs, o.Rounds, o.Threads)
	}
	dir, err := os.MkdirTemp("", "maestro-bench-workers-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	all := []WorkersResult{{Workers: 1, Threads: o.Threads}, {Workers: o.Threads, Threads: 1}}
	for i := range all { // so that each way's programs are compiled and kept
		warm := o
		warm.Trials = 1
		if _, err := warm.run(ctx, filepath.Join(dir, fmt.Sprint("warm-", i)), all[i]); err != nil {
			return nil, err
		}
	}
	seconds := make([][]float64, len(all))
	for round := range o.Rounds {
		for i := range all {
			took, err := o.run(ctx, filepath.Join(dir, fmt.Sprintf("%d-%d", round, i)), all[i])
			if err != nil {
				return nil, err
			}
			seconds[i] = append(seconds[i], took.Seconds())
		}
	}
	for i := range all {
		r := &all[i]
		r.Seconds = median(seconds[i])
		r.TrialsAHour = float64(o.Trials) * 3600 / r.Seconds
		if i > 0 {
			r.Over = r.TrialsAHour / all[0].TrialsAHour
		}
	}
	return all, nil
}

// run is one sweep.
func (o WorkersOptions) run(ctx context.Context, dir string, way WorkersResult) (took time.Duration, err error) {
	args := slices.Concat([]string{"sweep", "run", dir, "--workers", strconv.Itoa(way.Workers), "--threads",
		strconv.Itoa(way.Threads),
		"--epochs", strconv.Itoa(o.Epochs), "--over", fmt.Sprintf("lambda_gl=log(1e-6..1e-4,%d)", max(o.Trials, 2))},
		o.Flags)
	if o.Trials == 1 {
		args = append(args, "--random", "1")
	}
	began := time.Now()
	if out, err := exec.CommandContext(ctx, o.Program, args...).CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return 0, fmt.Errorf("sweep run ended: %w: %s", err, lines[len(lines)-1])
	}
	return time.Since(began), nil
}
