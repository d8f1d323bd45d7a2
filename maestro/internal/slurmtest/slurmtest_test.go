package slurmtest

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// The tests wait, and compute nothing: many at once, each with a cluster of its own.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

const format = "--format=%i|%j|%T|%r|%Z|%k"

// TestArray: tasks of an array run once each, as many at once as it says; what squeue prints of them, and once they
// are forgotten.
func TestArray(t *testing.T) {
	long(t)
	begin := time.Now()
	dir := t.TempDir()
	c := Start(t, Options{MinJobAge: time.Second})
	t.Log("up in ", time.Since(begin))
	id := submit(t, c, dir, "--array=0-5%2", "--job-name=six", "--comment=a|b", "--cpus-per-task=2",
		"--wrap=echo start $SLURM_ARRAY_TASK_ID >>log; sleep 0.5; echo end $SLURM_ARRAY_TASK_ID >>log")
	seen := map[string]bool{}
	eventually(t, 60*time.Second, "the array ends", func() bool {
		lines := c.Command("squeue", "--noheader", "--array", "--states=all", "--jobs="+id, format)
		for line := range strings.Lines(lines) {
			task, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "|")
			if !strings.HasPrefix(task, id+"_") {
				t.Errorf("squeue prints %q", line)
			}
			seen[rest] = true
		}
		return strings.Count(lines, "|COMPLETED|") == 6
	})
	for _, want := range []string{"PENDING|JobArrayTaskLimit", "RUNNING|None", "COMPLETED|None"} {
		if !seen["six|"+want+"|"+dir+"|a|b"] {
			t.Errorf("squeue said nothing of %s, but %v", want, seen)
		}
	}
	running, most, starts := 0, 0, map[string]int{}
	for line := range strings.Lines(read(t, dir, "log")) {
		if f := strings.Fields(line); f[0] == "start" {
			running++
			starts[f[1]]++
		} else {
			running--
		}
		most = max(most, running)
	}
	if most != 2 || len(starts) != 6 {
		t.Errorf("%d tasks at once, started %v", most, starts)
	}
	for task, n := range starts {
		if n != 1 {
			t.Errorf("task %s started %d times", task, n)
		}
	}
	begin = time.Now()
	eventually(t, 60*time.Second, "the array is forgotten", func() bool {
		_, stderr, err := c.run("squeue", "--states=all", "--jobs="+id)
		return status(err) == 1 && stderr == "slurm_load_jobs error: Invalid job id specified\n"
	})
	t.Log("forgotten after ", time.Since(begin))
}

// TestWords: what clients say of what is not there or not allowed.
func TestWords(t *testing.T) {
	t.Parallel()
	c := Start(t, Options{Nodes: 1, MaxArraySize: 11, Config: []string{"MaxJobCount=77"}})
	id := submit(t, c, os.TempDir(), "--array=0-10", "--hold", "--wrap=true")
	const failed = "sbatch: error: Batch job submission failed: "
	for _, x := range []struct {
		command string
		status  int
		stderr  string
	}{
		{"sbatch --array=0-11 --wrap=true", 1, failed + "Invalid job array specification\n"},
		{"sbatch --partition=none --wrap=true", 1, "sbatch: error: invalid partition specified: none\n" + failed +
			"Invalid partition name specified\n"},
		{"squeue --jobs=4711", 1, "slurm_load_jobs error: Invalid job id specified\n"},
		{"squeue --jobs=4711,4712", 0, ""},
		{"squeue --jobs=" + id + "_10000", 0, ""},
		{"scancel 4711", 0, ""},
	} {
		words := strings.Fields(x.command)
		stdout, stderr, err := c.run(words[0], words[1:]...)
		if status(err) != x.status || stderr != x.stderr {
			t.Errorf("%s: status %d, %q, %q", x.command, status(err), stdout, stderr)
		}
	}
	config := c.Command("scontrol", "show", "config")
	for _, want := range []string{"MaxArraySize            = 11\n", "MaxJobCount             = 77\n"} {
		if !strings.Contains(config, want) {
			t.Errorf("scontrol show config has no line %q", want)
		}
	}
	c.Command("scancel", id)
	if lines := c.Command("squeue", "--noheader", "--array", "--jobs="+id); lines != "" {
		t.Errorf("squeue tells of jobs that have ended: %s", lines)
	}
}

// TestNodeLost: what ran on a node without power runs elsewhere, and the node is of use once it has power.
func TestNodeLost(t *testing.T) {
	long(t)
	dir := t.TempDir()
	c := Start(t, Options{})
	marker := mark()
	script := "--wrap=echo ${SLURM_RESTART_COUNT:-0} $SLURMD_NODENAME >>log.$SLURM_JOB_ID; " +
		"test ${SLURM_RESTART_COUNT:-0} = 1 || setsid sleep " + marker
	again := submit(t, c, dir, "--requeue", "--cpus-per-task=2", script)
	eventually(t, 20*time.Second, "the job runs on n1", func() bool { return read(t, dir, "log."+again) == "0 n1\n" })
	never := submit(t, c, dir, "--no-requeue", "--cpus-per-task=2", script)
	eventually(t, 20*time.Second, "the job runs on n2", func() bool { return read(t, dir, "log."+never) == "0 n2\n" })
	c.KillNode("n2")
	c.KillNode("n1")
	if left := processes(marker); len(left) > 0 {
		t.Errorf("processes on the nodes have survived: %v", left)
	}
	begin := time.Now()
	eventually(t, 60*time.Second, "the job is queued again",
		func() bool { return state(c, again) == "PENDING|BeginTime" })
	t.Log("queued again after ", time.Since(begin))
	eventually(t, 60*time.Second, "it runs on n3", func() bool { return read(t, dir, "log."+again) == "0 n1\n1 n3\n" })
	t.Log("runs again after ", time.Since(begin))
	eventually(t, 20*time.Second, "it ends", func() bool { return state(c, again) == "COMPLETED|None" })
	eventually(t, 30*time.Second, "the job with --no-requeue has failed", func() bool {
		return strings.HasPrefix(state(c, never), "NODE_FAIL|")
	})
	c.StartNode("n1")
	last := submit(t, c, dir, "--nodelist=n1", "--wrap=true")
	eventually(t, 20*time.Second, "a job runs on the node that is back",
		func() bool { return state(c, last) == "COMPLETED|None" })
}

// TestController: jobs outlive their controller, and it knows them when it is back.
func TestController(t *testing.T) {
	long(t)
	dir := t.TempDir()
	c := Start(t, Options{})
	runs := submit(t, c, dir, "--wrap=echo start >>log; sleep 5; echo end >>log")
	waits := submit(t, c, dir, "--hold", "--wrap=echo held >>log")
	eventually(t, 20*time.Second, "the job runs", func() bool {
		return state(c, runs) == "RUNNING|None" &&
			read(t, dir, "log") == "start\n"
	})
	c.StopController()
	for _, args := range [][]string{{"squeue"}, {"sbatch", "--wrap=true"}, {"scontrol", "ping"}} {
		begin := time.Now()
		_, stderr, err := c.run(args[0], args[1:]...)
		t.Logf("%v without a controller: %v, status %d, %q", args, time.Since(begin), status(err), stderr)
		if status(err) != 1 || args[0] != "scontrol" &&
			!strings.HasSuffix(stderr, "Unable to contact slurm controller (connect failure)\n") {
			t.Errorf("%v: status %d, %q", args, status(err), stderr)
		}
	}
	c.StartController()
	c.Command("scontrol", "release", waits)
	eventually(t, 60*time.Second, "both jobs end", func() bool {
		return state(c, runs) == "COMPLETED|None" && state(c, waits) == "COMPLETED|None"
	})
	if log := strings.Fields(read(t, dir, "log")); len(log) != 3 || !slices.Contains(log, "held") {
		t.Errorf("the jobs wrote %q", log)
	}
	time.Sleep(7 * time.Second) // its state is saved by then
	c.KillController()
	c.StartController()
	if s := state(c, runs); s != "COMPLETED|None" {
		t.Errorf("the job is %s to a controller that was killed", s)
	}
}

// tells is a script that writes the signals it gets, and those that a process it started gets, until it is killed.
const tells = `--wrap=exec 2>/dev/null
tell() { echo "${SLURM_RESTART_COUNT:-0} $1 $2" >>log; }
for s in CONT TERM USR1; do trap "tell script $s" $s; done
( for s in CONT TERM USR1; do trap "tell child $s" $s; done; tell child start; while :; do sleep 0.1; done ) &
tell script start; while :; do sleep 0.1; done`

// TestPreempt: what a job of the partition low hears when high needs its CPUs, and what becomes of it.
func TestPreempt(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name         string
		o            Options
		args         []string
		first, after string // what the script hears first, and the job's state in the end
	}{
		{"CANCEL", Options{PreemptMode: "CANCEL"}, nil, "TERM", "PREEMPTED"},
		{"REQUEUE", Options{PreemptMode: "REQUEUE"}, nil, "TERM", "PENDING"},
		{"grace", Options{PreemptMode: "REQUEUE", GraceTime: time.Second}, nil, "TERM", "PENDING"},
		{"grace with a signal", Options{PreemptMode: "CANCEL", GraceTime: time.Second,
			Config: []string{"SlurmctldParameters=preempt_send_user_signal"}}, []string{"--signal=B:USR1"}, "USR1",
			"PREEMPTED"},
	} {
		t.Run(x.name, func(t *testing.T) {
			long(t)
			x.o.Nodes = 1
			dir := t.TempDir()
			c := Start(t, x.o)
			low := submit(t, c, dir, append(x.args, "--cpus-per-task=2", "--open-mode=append", tells)...)
			eventually(t, 20*time.Second, "the job runs",
				func() bool { return strings.Count(read(t, dir, "log"), "start") == 2 })
			begin := time.Now()
			high := submit(t, c, dir, "--partition=high", "--cpus-per-task=2", "--wrap=true")
			states, heard := "", ""
			eventually(t, 60*time.Second, "the other job ends", func() bool {
				if s := state(c, low); !strings.HasSuffix(states, s) {
					states += fmt.Sprintf(" %.1fs %s", time.Since(begin).Seconds(), s)
				}
				if s := read(t, dir, "log"); s != heard {
					t.Logf("%.1fs %q", time.Since(begin).Seconds(), strings.TrimPrefix(s, heard))
					heard = s
				}
				return state(c, high) == "COMPLETED|None"
			})
			t.Log(states)
			for _, want := range []string{"script " + x.first, "script TERM", "child TERM"} {
				if !strings.Contains(heard, "0 "+want+"\n") {
					t.Errorf("not heard: %s", want)
				}
			}
			if strings.Contains(heard, "child USR1") || strings.Index(heard, x.first) > strings.Index(heard, "TERM") {
				t.Errorf("heard in this order: %q", heard)
			}
			if s, _, _ := strings.Cut(state(c, low), "|"); s != x.after {
				t.Errorf("the job is %s after it, want %s", s, x.after)
			}
			if x.name == "REQUEUE" {
				eventually(t, 30*time.Second, "the job runs again", func() bool {
					return strings.Contains(read(t, dir, "log"), "1 script start")
				})
			}
		})
	}
}

// TestSignal: a script is told some time before its limit.
func TestSignal(t *testing.T) {
	long(t)
	dir := t.TempDir()
	c := Start(t, Options{Nodes: 1})
	begin := time.Now()
	submit(t, c, dir, "--time=1", "--signal=B:TERM@45", tells)
	eventually(t, 60*time.Second, "the script hears of it",
		func() bool { return strings.Contains(read(t, dir, "log"), "script TERM") })
	t.Log("told after ", time.Since(begin))
	if log := read(t, dir, "log"); strings.Contains(log, "child TERM") {
		t.Errorf("the script's child hears of it: %q", log)
	}
}

// TestNothingLeft: neither a test that ends nor one that is killed leaves a process, whatever it was started from.
func TestNothingLeft(t *testing.T) {
	const envUp, envMarker = "SLURMTEST_UP", "SLURMTEST_MARKER"
	if up := os.Getenv(envUp); up != "" { // the test that is killed
		c := Start(t, Options{Nodes: 2})
		hide(t, c, os.Getenv(envMarker))
		if err := os.WriteFile(up, []byte(c.dir), 0o600); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	t.Parallel()
	marker := mark()
	var dir string
	if !t.Run("ended", func(t *testing.T) {
		c := Start(t, Options{Nodes: 2})
		dir = c.dir
		hide(t, c, marker)
	}) {
		t.FailNow()
	}
	if dir == "" {
		t.Skip("there is no Slurm")
	}
	if left := append(processes(marker), processes(dir)...); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", dir, err)
	}

	up := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingLeft$")
	cmd.Env = append(os.Environ(), envUp+"="+filepath.Join(up, "dir"), envMarker+"="+marker)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	eventually(t, 60*time.Second, "the other test's cluster is up", func() bool { return read(t, up, "dir") != "" })
	_, _ = cmd.Process.Kill(), cmd.Wait()
	dir = read(t, up, "dir")
	defer os.RemoveAll(dir)
	eventually(t, 20*time.Second, "nothing is left of a test that was killed", func() bool {
		return len(processes(marker))+len(processes(dir)) == 0
	})
}

// hide has a job leave a process behind that has neither its environment nor its session nor a parent.
func hide(t *testing.T, c *Cluster, marker string) {
	t.Helper()
	submit(t, c, os.TempDir(), "--output=/dev/null", "--wrap=(setsid env -i /bin/sleep "+marker+" &) & sleep "+marker)
	eventually(t, 20*time.Second, "the job runs", func() bool { return len(processes("sleep\x00"+marker)) == 2 })
}

// mark is a number of seconds that no other process sleeps for.
func mark() string { return fmt.Sprintf("31536000.%010d", rand.Uint32()) }

// long is of tests that wait for much of Slurm.
func long(t *testing.T) {
	t.Helper()
	testmode.Long(t, "waits for Slurm")
	t.Parallel()
}

// submit returns the id of the job, which works in the folder.
func submit(t *testing.T, c *Cluster, dir string, args ...string) string {
	t.Helper()
	return strings.TrimSpace(c.Command("sbatch",
		append([]string{"--parsable", "--chdir=" + dir, "--output=" + dir + "/out.%j"}, args...)...))
}

// state is a job's state and its reason.
func state(c *Cluster, id string) string {
	c.t.Helper()
	return strings.TrimSpace(c.Command("squeue", "--noheader", "--states=all", "--jobs="+id, "--format=%T|%r"))
}

// read is the file's text, or nothing where there is no file.
func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// status is a command's exit status.
func status(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// processes are the command lines with the text; their words end with \x00.
func processes(text string) (found []string) {
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		if line, _ := os.ReadFile(path); strings.Contains(string(line), text) {
			found = append(found, string(line))
		}
	}
	return found
}

func eventually(t *testing.T, patience time.Duration, what string, yes func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !yes(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
