package supervisor

import (
	"os"
	"syscall"
	"time"
)

// The longest that each step of the kernel's end may take. Jupyter loses patience after five seconds, and sends SIGTERM
// half way there.
const (
	gonbGrace   = time.Second            // for GoNB, and for cells from the same moment
	orphanGrace = 500 * time.Millisecond // for what GoNB has left
	killLimit   = 1500 * time.Millisecond
)

// endDescendants asks every process that came of this one to end, and kills what is left after the grace time.
func endDescendants(grace time.Duration) {
	deadline := time.Now().Add(grace)
	signal := syscall.SIGTERM
	for {
		reap(0)
		left := below(processes(), os.Getpid(), func(process) bool { return false })
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			signal = syscall.SIGKILL
		}
		if signal == syscall.SIGKILL && time.Now().After(deadline.Add(killLimit)) {
			return // what survives SIGKILL is stuck in the system; waiting longer does not help
		}
		for _, p := range left {
			_ = syscall.Kill(p.pid, signal)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// reap takes the exit status of adopted children that have ended, without which they stay in the process table. That of
// GoNB is left to whom it started.
func reap(gonb int) {
	for _, p := range processes() {
		if p.parent == os.Getpid() && p.zombie && p.pid != gonb {
			_, _ = syscall.Wait4(p.pid, nil, syscall.WNOHANG, nil)
		}
	}
}
