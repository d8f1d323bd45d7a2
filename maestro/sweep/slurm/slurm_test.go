package slurm_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/internal/slurmtest"
	"github.com/maestro-lod/notebook/maestro/internal/sweeptest"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/slurm"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

func TestMain(m *testing.M) { sweeptest.Main(m) }

// site is a cluster, with commands in front of Slurm's own that can be made to misbehave.
type site struct {
	*slurmtest.Cluster
	t   *testing.T
	bin string
}

func newSite(t *testing.T, o slurmtest.Options) *site {
	s := &site{slurmtest.Start(t, o), t, t.TempDir()}
	s.write("sbatch", `real "$@"; status=$?
if rm "$0.kill" 2>/dev/null; then kill -9 $PPID; fi
exit $status`)
	s.write("squeue", `if [ -e "$0.empty" ]; then exit 0; fi
real "$@"`)
	return s
}

// write puts a command in front of Slurm's own of the name, which is real there.
func (s *site) write(name, script string) {
	s.t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		s.t.Fatal(err)
	}
	text := fmt.Sprintf("#!/bin/sh\nreal() { %s \"$@\"; }\n%s\n", path, script)
	if err := os.WriteFile(filepath.Join(s.bin, name), []byte(text), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

// misbehave has a command do so from now on; end ends it.
func (s *site) misbehave(how string) (end func()) {
	path := filepath.Join(s.bin, how)
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		s.t.Fatal(err)
	}
	return func() { _ = os.Remove(path) }
}

// sweep starts `sweep run` of a study on the cluster.
func (s *site) sweep(study sweep.Study, epochs int, flags ...string) (*exec.Cmd, *bytes.Buffer) {
	s.t.Helper()
	args := append([]string{"sweep", "run", study.Dir, "--slurm", "--poll", "300ms", "--absence", "3s", "--attempts",
		"100"}, flags...)
	args = append(args, sweeptest.Flags(epochs)...)
	for _, axis := range study.Axes {
		args = append(args, "--over", axis)
	}
	for _, seed := range study.Seeds {
		args = append(args, "--seeds", fmt.Sprint(seed))
	}
	cmd, said := sweeptest.Command(args...), &bytes.Buffer{}
	cmd.Env = append(append(cmd.Env, s.Env()...), "PATH="+s.bin+":"+os.Getenv("PATH"))
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	return cmd, said
}

// until waits until a study's trials are as they should be.
func until(t *testing.T, study sweep.Study, what string, is func([]sweep.Trial, map[sweep.State]int) bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(30 * time.Millisecond) {
		trials, err := study.Look()
		if err != nil {
			t.Fatal(err)
		}
		count := sweep.Count(trials)
		if is(trials, count) {
			return
		}
		if time.Now().After(deadline) || count[sweep.Finished] == len(trials) {
			t.Fatalf("%s: not so, and the trials are %v", what, count)
		}
	}
}

func running(n int) func([]sweep.Trial, map[sweep.State]int) bool {
	return func(_ []sweep.Trial, count map[sweep.State]int) bool { return count[sweep.Running] >= n }
}

// check fails the test unless each trial is finished, once, and has found what it finds undisturbed.
func check(t *testing.T, study sweep.Study, want []sweep.Trial) {
	t.Helper()
	trials := sweeptest.Look(t, study)
	sweeptest.Same(t, want, trials)
	how := map[sweep.State]int{}
	for _, one := range trials {
		finished := 0
		for _, a := range one.History() {
			how[a.State]++
			if a.State == sweep.Finished {
				finished++
			}
		}
		if finished != 1 {
			t.Errorf("%s, seed %d was finished %d times", one.Point, one.Settings.Seed, finished)
		}
	}
	t.Logf("%d trials; their attempts ended: %v", len(trials), how)
}

// TestCluster: on a real Slurm of three nodes each trial is finished once, and with the numbers of an undisturbed
// study, while the process that hands jobs in is killed between sbatch and the note of the number, the site's arrays
// are too small for all, a worker is killed, a node is lost and comes back, jobs with precedence take nodes, the
// controller is away for a while, and the queue's answer is empty for a moment.
func TestCluster(t *testing.T) {
	testmode.Long(t, "runs a cluster for minutes")
	axes, seeds, size := []string{"lambda_gl=0,log(1e-5..1e-2,5)", "lr=0.1,0.05,0.02,0.01"}, []uint64{1, 2, 3}, 31
	const epochs = 120
	cluster := newSite(t, slurmtest.Options{MaxArraySize: size, PreemptMode: "REQUEUE", GraceTime: 2 * time.Second})
	study := sweeptest.Study(t, epochs, axes, seeds...)
	want := sweeptest.Undisturbed(t, study)

	stop := cluster.misbehave("sbatch.kill")
	killed, _ := cluster.sweep(study, epochs)
	var exit *exec.ExitError
	if err := killed.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the process was to be killed once sbatch had its answer, and ended by %v", err)
	}
	stop()
	if notes, _ := filepath.Glob(filepath.Join(study.Dir, "batches", "*.job")); len(notes) != 0 {
		t.Fatalf("it noted %v", notes)
	}
	began := time.Now()
	cmd, said := cluster.sweep(study, epochs)

	until(t, study, "two run", running(2))
	until(t, study, "a worker can be killed", func(trials []sweep.Trial, _ map[sweep.State]int) bool {
		for _, one := range trials {
			if pid := one.Worker(); pid > 0 {
				return syscall.Kill(pid, syscall.SIGKILL) == nil
			}
		}
		return false
	})
	until(t, study, "two run", running(2))
	cluster.Command("sbatch", "--partition=high", "--exclusive", "--nodes=2", "--output=/dev/null", "--wrap=sleep 2")
	end := cluster.misbehave("squeue.empty")
	time.Sleep(time.Second)
	end()
	until(t, study, "two run", running(2))
	cluster.KillNode("n2")
	time.Sleep(500 * time.Millisecond)
	cluster.StopController()
	time.Sleep(time.Second)
	cluster.StartController()
	cluster.StartNode("n2")

	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	t.Logf("it took %v", time.Since(began))
	check(t, study, want)
	arrays, _ := filepath.Glob(filepath.Join(study.Dir, "batches", "*.job"))
	ended, _ := filepath.Glob(filepath.Join(study.Dir, "batches", "*.ended"))
	if least := (len(want) + size - 1) / size; len(arrays) < least || len(arrays) != len(ended) {
		t.Errorf("%d arrays of %d jobs, of which %d have ended, for %d trials", len(arrays), size, len(ended),
			len(want))
	}
	if left := cluster.Command("squeue", "--noheader", "--states=RUNNING,PENDING"); strings.Contains(left, "maestro-") {
		t.Errorf("left on the cluster: %s", left)
	}

	again, said := cluster.sweep(study, epochs)
	if err := again.Wait(); err != nil {
		t.Errorf("the same again: %v\n%s", err, said)
	}
	if now, _ := filepath.Glob(filepath.Join(study.Dir, "batches", "*.job")); len(now) != len(arrays) {
		t.Error("the same again handed something in")
	}
}

// TestTakenBack: jobs that pre-emption ends for good are handed in again, those that it queues again are left to the
// cluster, and in either way the trials go on from their checkpoints.
func TestTakenBack(t *testing.T) {
	testmode.Long(t, "a cluster takes jobs back")
	for _, mode := range []string{"CANCEL", "REQUEUE"} {
		t.Run(mode, func(t *testing.T) { takenBack(t, mode) })
	}
}

func takenBack(t *testing.T, mode string) {
	const epochs = 1500
	cluster := newSite(t, slurmtest.Options{Nodes: 1, PreemptMode: mode, GraceTime: 3 * time.Second})
	study := sweeptest.Study(t, epochs, []string{"lambda_gl=0,1e-3"}, 1)
	want := sweeptest.Undisturbed(t, study)
	cmd, said := cluster.sweep(study, epochs)
	until(t, study, "both run", running(2))
	time.Sleep(300 * time.Millisecond)
	cluster.Command("sbatch", "--partition=high", "--exclusive", "--output=/dev/null", "--wrap=sleep 1")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	check(t, study, want)
	for _, one := range sweeptest.Look(t, study) {
		if h := one.History(); len(h) != 2 || h[0].State != sweep.Preempted || h[0].Job == "" || h[1].Program == "" {
			t.Errorf("%s: attempts %+v", one.Point, h)
		}
	}
}

// TestTakenBackInTime: where the site has preempt_send_user_signal, the worker hears that its node is taken at the
// beginning of the grace, not at its end, and its attempt ends then.
func TestTakenBackInTime(t *testing.T) {
	testmode.Long(t, "a cluster takes jobs back")
	const epochs, grace = 1500, 40 * time.Second
	cluster := newSite(t, slurmtest.Options{Nodes: 1, PreemptMode: "REQUEUE", GraceTime: grace,
		Config: []string{"SlurmctldParameters=preempt_send_user_signal"}})
	study := sweeptest.Study(t, epochs, []string{"lambda_gl=0,1e-3"}, 1)
	want := sweeptest.Undisturbed(t, study)
	cmd, said := cluster.sweep(study, epochs)
	until(t, study, "both run", running(2))
	taken := time.Now()
	cluster.Command("sbatch", "--partition=high", "--exclusive", "--output=/dev/null", "--wrap=sleep 1")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	check(t, study, want)
	for _, one := range sweeptest.Look(t, study) {
		h := one.History()
		if len(h) != 2 || h[0].State != sweep.Preempted || h[0].Ended.Sub(taken) > grace/2 {
			t.Errorf("%s: taken at %v, attempts %+v", one.Point, taken, h)
		}
	}
}

// TestTimeLimit: a job that is about to run out of its time is told so, leaves a checkpoint and ends by itself; the
// next one goes on from there, and the trial finds what it finds undisturbed, to the last digit. The shortest limit
// of Slurm is a minute, and it looks every half minute whether one is near.
func TestTimeLimit(t *testing.T) {
	testmode.Long(t, "waits for a job's time limit")
	const epochs = 3000
	cluster := newSite(t, slurmtest.Options{Nodes: 1})
	study := sweeptest.Study(t, epochs, []string{"lambda_gl=1e-3"}, 1)
	want := sweeptest.Undisturbed(t, study)
	cmd, said := cluster.sweep(study, epochs, "--sbatch=--time=1", "--warning=45s")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	check(t, study, want)
	h := sweeptest.Look(t, study)[0].History()
	for i, a := range h {
		t.Logf("attempt %d, job %s: %v, %s %s", i+1, a.Job, a.Ended.Sub(a.Began), a.State, a.Reason)
	}
	if len(h) < 2 || h[0].State != sweep.Preempted || !strings.Contains(h[0].Reason, "the cluster ended it") ||
		h[0].Job == h[1].Job {
		t.Errorf("attempts %+v", h)
	}
	if out := cluster.Command("squeue", "--noheader", "--states=all", "--format=%T"); strings.Contains(out, "TIMEOUT") {
		t.Errorf("a job ran over its limit: %s", out)
	}
}

// TestCancelled: the jobs of a study that is called off are gone, and the trials can be gone on with.
func TestCancelled(t *testing.T) {
	cluster := newSite(t, slurmtest.Options{Nodes: 1})
	study := sweeptest.Study(t, 1000000, []string{"lambda_gl=0,1e-5,1e-4,1e-3"}, 1)
	cmd, said := cluster.sweep(study, 1000000)
	until(t, study, "two run", running(2))
	cancel := sweeptest.Command("sweep", "cancel", study.Dir)
	cancel.Env = append(cancel.Env, cluster.Env()...)
	out, err := cancel.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "1 jobs of the cluster are called off") {
		t.Errorf("cancel: %v: %s", err, out)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(said.String(), "the study was cancelled") {
		t.Errorf("it ended by %v: %s", err, said)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		left, count := cluster.Command("squeue", "--noheader"), sweep.Count(sweeptest.Look(t, study))
		if left == "" && count[sweep.Running] == 0 && count[sweep.Finished] == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("states %v; on the cluster: %s", count, left)
		}
	}
}

// TestRefused: what Slurm refuses, and a machine without it, are one line each, and nothing is left as if it had been
// handed in.
func TestRefused(t *testing.T) {
	cluster := newSite(t, slurmtest.Options{Nodes: 1})
	study := sweeptest.Study(t, 1, []string{"lambda_gl=0"}, 1)
	cmd, said := cluster.sweep(study, 1, "--sbatch=--partition=nowhere")
	if err := cmd.Wait(); err == nil ||
		!strings.Contains(said.String(), "maestro: sbatch: invalid partition specified: nowhere") {
		t.Errorf("%v: %s", err, said)
	}
	if left, _ := filepath.Glob(filepath.Join(study.Dir, "batches", "*.json")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	cmd, said = cluster.sweep(study, 1, "--sbatch=--array=3")
	if err := cmd.Wait(); err == nil || !strings.Contains(said.String(), "sbatch's --array is set by the sweep") {
		t.Errorf("%v: %s", err, said)
	}
	t.Setenv("PATH", t.TempDir())
	err := slurm.Cluster{}.Run(t.Context(), study, sweeptest.Look(t, study))
	if !errors.Is(err, slurm.ErrMissing) || strings.Contains(err.Error(), "\n") {
		t.Errorf("without Slurm: %v", err)
	}
	if slices.ContainsFunc(sweeptest.Look(t, study), func(t sweep.Trial) bool { return t.State != sweep.Missing }) {
		t.Error("a trial was begun")
	}
}
