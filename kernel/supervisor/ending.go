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
		reap(nil)
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

// reap takes the exit status of adopted children that have ended, without which they stay in the process table: those
// that were zombies at the last look already. What we have started ourselves is waited for, and is none for so long.
// It returns the zombies that are left.
func reap(before map[process]bool) map[process]bool {
	now := map[process]bool{}
	for _, p := range processes() {
		if p.parent != os.Getpid() || !p.zombie {
			continue
		}
		if before == nil || before[p] {
			_, _ = syscall.Wait4(p.pid, nil, syscall.WNOHANG, nil)
		} else {
			now[p] = true
		}
	}
	return now
}
