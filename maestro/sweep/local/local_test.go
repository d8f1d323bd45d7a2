package local_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/internal/sweeptest"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/local"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

func TestMain(m *testing.M) { sweeptest.Main(m) }

// sweeps starts `sweep run` on a study with two workers.
func sweeps(t *testing.T, s sweep.Study, epochs int) (cmd *exec.Cmd, said *bytes.Buffer) {
	t.Helper()
	args := append([]string{"sweep", "run", s.Dir, "--workers", "2", "--attempts", "100"}, sweeptest.Flags(epochs)...)
	for _, axis := range s.Axes {
		args = append(args, "--over", axis)
	}
	for _, seed := range s.Seeds {
		args = append(args, "--seeds", string(rune('0'+seed)))
	}
	cmd, said = sweeptest.Command(args...), &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, said
}

// TestEachOnce: with two sweeps on one study at once, each of two workers, of which some are killed, one is stopped
// for a while and goes on, and one sweep is killed and begun anew, every trial is finished by one attempt, and has
// found what it finds undisturbed, to the last digit. The same command again finds nothing to do.
func TestEachOnce(t *testing.T) {
	axes, seeds, kills := []string{"lambda_gl=0,log(1e-4..1e-2,2)"}, []uint64{1, 2}, 3
	if testmode.IsLong() {
		axes, seeds, kills = []string{"lambda_gl=0,log(1e-5..1e-2,5)", "lr=0.1,0.05,0.02,0.01"}, []uint64{1, 2, 3}, 12
	}
	const epochs = 150
	s := sweeptest.Study(t, epochs, axes, seeds...)
	want := sweeptest.Undisturbed(t, s)
	first, saidFirst := sweeps(t, s, epochs)
	second, saidSecond := sweeps(t, s, epochs)
	rng := rand.New(rand.NewPCG(1, 2))
	stopped, killed := 0, 0
	deadline := time.Now().Add(4 * time.Minute)
	for killed < kills || stopped == 0 {
		time.Sleep(time.Duration(100+rng.IntN(200)) * time.Millisecond)
		var pids []int
		trials := sweeptest.Look(t, s)
		for _, one := range trials {
			if pid := one.Worker(); pid > 0 {
				pids = append(pids, pid)
			}
		}
		if count := sweep.Count(trials); count[sweep.Finished] == len(trials) || time.Now().After(deadline) {
			t.Fatalf("after %d kills and %d stops the states are %v\n%s\n%s", killed, stopped, count, saidFirst,
				saidSecond)
		}
		if len(pids) == 0 {
			continue
		}
		pid := pids[rng.IntN(len(pids))]
		if stopped == 0 {
			stopped = pid
			_ = syscall.Kill(pid, syscall.SIGSTOP)
			continue
		}
		if pid != stopped {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			killed++
		}
		if killed == 2 && first != nil { // its workers end by themselves
			_ = first.Process.Kill()
			_ = first.Wait()
			first = nil
		}
	}
	_ = syscall.Kill(stopped, syscall.SIGCONT)
	third, saidThird := sweeps(t, s, epochs)
	for cmd, said := range map[*exec.Cmd]*bytes.Buffer{first: saidFirst, second: saidSecond, third: saidThird} {
		if cmd == nil {
			continue
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, said)
		}
	}
	trials := sweeptest.Look(t, s)
	sweeptest.Same(t, want, trials)
	attempts := 0
	for _, one := range trials {
		attempts += one.Attempts
		rows, err := runs.ReadHistory(one.Dir)
		if err != nil || len(rows) != epochs {
			t.Errorf("%s has %d rows (%v)", one.Name(), len(rows), err)
		}
	}
	t.Logf("%d trials took %d attempts", len(trials), attempts)
	if attempts <= len(trials) {
		t.Errorf("%d attempts at %d trials: none was killed", attempts, len(trials))
	}
	again, said := sweeps(t, s, epochs)
	began := time.Now()
	if err := again.Wait(); err != nil || strings.Contains(said.String(), "seed1 ") {
		t.Errorf("the same again: %v\n%s", err, said)
	}
	t.Logf("the same again took %v", time.Since(began))
}

// TestInterruptedSweep: Ctrl-C ends the workers, whose trials can be gone on with, and the exit status says that not
// all is done.
func TestInterruptedSweep(t *testing.T) {
	s := sweeptest.Study(t, 100000, []string{"lambda_gl=0,1e-3"}, 1)
	cmd, said := sweeps(t, s, 100000)
	untilTwoRun(t, s, said)
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Errorf("it ended by %v", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v to end", took)
	}
	want := []sweep.State{sweep.Interrupted, sweep.Interrupted}
	var got []sweep.State
	for _, one := range sweeptest.Look(t, s) {
		got = append(got, one.State)
	}
	if !slices.Equal(got, want) {
		t.Errorf("states %v, want %v\n%s", got, want, said)
	}
}

func untilTwoRun(t *testing.T, s sweep.Study, said *bytes.Buffer) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); sweep.Count(sweeptest.Look(t, s))[sweep.Running] < 2; {
		if time.Now().After(deadline) {
			t.Fatalf("no two trials run: %s", said)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestCancelled: somebody else calls the study off.
func TestCancelled(t *testing.T) {
	s := sweeptest.Study(t, 100000, []string{"lambda_gl=0,1e-3"}, 1)
	cmd, said := sweeps(t, s, 100000)
	untilTwoRun(t, s, said)
	if out := sweeptest.Run(t, "sweep", "cancel", s.Dir); !strings.HasPrefix(out, "2 trials are running and end now") {
		t.Errorf("cancel says %q", out)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(said.String(), "the study was cancelled") {
		t.Errorf("it ended by %v: %s", err, said)
	}
	if count := sweep.Count(sweeptest.Look(t, s)); count[sweep.Interrupted] != 2 {
		t.Errorf("states %v", count)
	}
}

// TestWorkersThatCannotBegin: an error that all workers have is told once, in one line.
func TestWorkersThatCannotBegin(t *testing.T) {
	s := sweeptest.Study(t, 1, []string{"lambda_gl=0,1e-3"}, 1)
	p := local.Processes{Workers: 2, Command: sweep.Command{Program: "/bin/sh",
		Args: []string{"-c", "echo no plugin >&2; exit 1"}}}
	err := p.Run(t.Context(), s, sweeptest.Look(t, s))
	if err == nil || !strings.HasPrefix(err.Error(), "a worker ended: exit status 1: no plugin") {
		t.Errorf("error %v", err)
	}
	for _, wrong := range []local.Processes{{Workers: -1}, {PerDevice: 2}, {Workers: 3, Devices: []string{"0"},
		PerDevice: 2}} {
		if err := wrong.Run(t.Context(), s, nil); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

// TestPlaces: each worker has its share of the threads, and of two on a device each sees that one alone.
func TestPlaces(t *testing.T) {
	s := sweeptest.Study(t, 1, []string{"lambda_gl=0,1e-5,1e-4,1e-3"}, 1)
	out := t.TempDir() + "/places"
	p := local.Processes{Devices: []string{"3", "5"}, PerDevice: 2, Threads: 1,
		Command: sweep.Command{Program: "/bin/sh",
			Args: []string{"-c", `echo "$CUDA_VISIBLE_DEVICES $NPROC $GOMAXPROCS $*" >> ` + out, "sh"}}}
	if err := p.Run(t.Context(), s, sweeptest.Look(t, s)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	slices.Sort(lines)
	if err != nil || len(lines) != 4 {
		t.Fatalf("places %q (%v)", lines, err)
	}
	for i, device := range []string{"3", "3", "5", "5"} {
		if !strings.HasPrefix(lines[i], device+" 1 1 "+s.Dir) || !strings.HasSuffix(lines[i], "--memory-share=0.450") {
			t.Errorf("place %d: %s", i, lines[i])
		}
	}
}
