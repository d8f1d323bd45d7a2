package slurmtest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// envHost makes a test's binary the host of the daemon that its arguments are the command of.
const envHost = "MAESTRO_SLURMTEST_HOST"

// A test's binary is also the host of each daemon: a process that adopts all that the daemon leaves behind
// (slurmstepd and a job's processes leave their parents), so that ending its descendants ends everything, whatever
// they have done to their environment and session. It does so when its standard input closes: also where the test is
// killed and no cleanup runs.
func init() {
	if os.Getenv(envHost) != "" {
		os.Exit(host(os.Args[1:]))
	}
}

// host runs the daemon until it ends, or the test says so: a byte on standard input is SIGTERM to the daemon, the end
// of it SIGKILL to everything.
func host(argv []string) int {
	// not ignored: that a daemon would inherit
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	if err := adopt(); err != nil {
		fmt.Fprintln(os.Stderr, "slurmtest:", err)
		return 1
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		fmt.Fprintln(os.Stderr, "slurmtest:", err)
		return 1
	}
	daemon, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Env: without(os.Environ(), envHost+"="),
		Files: []*os.File{null, os.Stdout, os.Stderr}})
	if err != nil {
		fmt.Fprintln(os.Stderr, "slurmtest:", err)
		return 1
	}
	end := sync.OnceFunc(func() {
		go func() {
			for { // this process ends once nothing is left, which the loop below sees
				for _, pid := range descendants(os.Getpid()) {
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
				time.Sleep(2 * time.Millisecond)
			}
		}()
	})
	go func() {
		for b := make([]byte, 1); ; {
			if n, err := os.Stdin.Read(b); n == 1 {
				_ = syscall.Kill(daemon.Pid, syscall.SIGTERM)
			} else if err != nil {
				end()
				return
			}
		}
	}()
	for {
		switch pid, err := syscall.Wait4(-1, nil, 0, nil); {
		case err == syscall.ECHILD:
			return 0
		case pid == daemon.Pid:
			end() // no daemon, no node
		}
	}
}

// descendants are the processes below pid, parents before their children: a daemon dies before it could tell of its
// jobs.
func descendants(pid int) (all []int) {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:])) // state, parent, ...
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if len(fields) > 1 && fields[0] != "Z" {
			parent, _ := strconv.Atoi(fields[1])
			children[parent] = append(children[parent], child)
		}
	}
	for level := children[pid]; len(level) > 0; {
		all = append(all, level...)
		var next []int
		for _, p := range level {
			next = append(next, children[p]...)
		}
		level = next
	}
	return all
}

// without are the settings of environ that have none of the prefixes.
func without(environ []string, prefixes ...string) (kept []string) {
next:
	for _, s := range environ {
		for _, p := range prefixes {
			if strings.HasPrefix(s, p) {
				continue next
			}
		}
		kept = append(kept, s)
	}
	return kept
}

// A process is one daemon in its host.
type process struct {
	leash io.WriteCloser // the host's standard input
	done  chan struct{}  // closed when the daemon and all that it started have ended
}

// launch starts the daemon in a host of its own; what it prints goes to the end of the file.
func launch(output string, argv ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(output, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	cmd := exec.Command(self, argv...)
	cmd.Env = append(clean(), envHost+"=1")
	cmd.Stdout, cmd.Stderr = file, file
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a terminal's interrupt is the test's
	p := &process{done: make(chan struct{})}
	if p.leash, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		_ = cmd.Wait()
	}()
	return p, nil
}

// kill ends the daemon and all that it started, at once.
func (p *process) kill() {
	_ = p.leash.Close()
	<-p.done
}

// stop asks the daemon to end, and kills it after the time; it says whether that was needless.
func (p *process) stop(patience time.Duration) bool {
	_, _ = p.leash.Write([]byte{0})
	select {
	case <-p.done:
		return true
	case <-time.After(patience):
		p.kill()
		return false
	}
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// clean is the environment without what clients of another Slurm were told: a test may run in a job.
func clean() []string {
	return without(os.Environ(), "SLURM", "SBATCH_", "SQUEUE_", "SINFO_", "SCANCEL_", "SCONTROL_")
}
