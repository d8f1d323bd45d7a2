package slurm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// patience is how long one of Slurm's commands may take.
const patience = time.Minute

// ErrMissing is that of a machine without Slurm's commands.
var ErrMissing = errors.New("the commands of Slurm are not there: run this on a login node of the cluster, or leave " +
	"--slurm out")

// errUnreachable is that of a controller that did not answer: what was asked of it may have happened.
var errUnreachable = errors.New("the controller of Slurm does not answer")

// errFull is that of a cluster that takes no more jobs of this user now.
var errFull = errors.New("the cluster takes no more jobs of this user now")

// command runs one of Slurm's commands, with none of the settings that change what it prints.
func command(ctx context.Context, name string, args ...string) (out string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	for _, setting := range os.Environ() {
		ours := strings.HasPrefix(setting, "SLURM_CONF=") ||
			!strings.HasPrefix(setting, "SLURM") && !strings.HasPrefix(setting, "SBATCH") &&
				!strings.HasPrefix(setting, "SQUEUE") &&
				!strings.HasPrefix(setting, "SCANCEL")
		if ours {
			cmd.Env = append(cmd.Env, setting)
		}
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	said := strings.Join(strings.Fields(stderr.String()), " ")
	switch {
	case err == nil:
		return stdout.String(), nil
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("%w (no %s)", ErrMissing, name)
	case ctx.Err() != nil, unreachable(said):
		return "", fmt.Errorf("%w: %s: %s", errUnreachable, name, said)
	case strings.Contains(said, "MaxSubmit"), strings.Contains(said, "Resource temporarily unavailable"),
		strings.Contains(said, "temporarily unable to accept job"):
		return "", fmt.Errorf("%w: %s", errFull, said)
	}
	return "", fmt.Errorf("%s: %s", name, strings.TrimPrefix(said, name+": error: "))
}

func unreachable(said string) bool {
	for _, sign := range []string{"Unable to contact slurm controller", "Socket timed out", "connect failure",
		"Connection refused",
		"Zero Bytes were transmitted", "Transport endpoint is not connected"} {
		if strings.Contains(said, sign) {
			return true
		}
	}
	return false
}

// job is a job of an array, as squeue has it.
type job struct {
	array string // the array's number
	index int    // within it; -1 of a job that is in none
	name  string
	state string // in capitals: PENDING, RUNNING, …
}

// queue are this user's jobs that have not ended. An empty answer is one too: it does not say that jobs are gone.
func queue(ctx context.Context) (jobs []job, err error) {
	out, err := command(ctx, "squeue", "--noheader", "--array", "--me", "--format=%F|%K|%T|%j")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(out) {
		fields := strings.SplitN(strings.TrimSpace(line), "|", 4)
		if len(fields) < 4 {
			continue
		}
		index, err := strconv.Atoi(fields[1])
		if err != nil {
			index = -1
		}
		jobs = append(jobs, job{array: fields[0], index: index, state: fields[2], name: fields[3]})
	}
	return jobs, nil
}

// usualArray is the most jobs that Slurm has in an array where the site does not say.
const usualArray = 1001

// mostArray is the most jobs that the site has in an array.
func mostArray(ctx context.Context) int {
	out, err := command(ctx, "scontrol", "show", "config")
	if err != nil {
		return usualArray
	}
	for line := range strings.Lines(out) {
		if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "MaxArraySize" {
			if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n > 0 {
				return n
			}
		}
	}
	return usualArray
}

// submit hands a script in, and returns the array's number.
func submit(ctx context.Context, args []string, script string) (array string, err error) {
	out, err := command(ctx, "sbatch", append(append([]string{"--parsable"}, args...), script)...)
	if err != nil {
		return "", err
	}
	array, _, _ = strings.Cut(strings.TrimSpace(out), ";") // the cluster's name may follow
	if _, err := strconv.Atoi(array); err != nil {
		return "", fmt.Errorf("sbatch printed %q, and no number of a job", strings.TrimSpace(out))
	}
	return array, nil
}
