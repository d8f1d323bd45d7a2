//go:build unix && !linux

package supervisor

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// adoptOrphans needs a Linux call; elsewhere a process that outlives the one that started it is not found again.
func adoptOrphans() {}

// endStrays needs Linux's /proc; elsewhere a killed supervisor's processes stay.
func endStrays(tmp string) {}

// endDescendants asks every process below this one to end, and kills what is left after the grace time.
func endDescendants(grace time.Duration) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for deadline := time.Now().Add(grace); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			left := descendants(os.Getpid())
			if len(left) == 0 {
				return
			}
			for _, pid := range left {
				_ = syscall.Kill(pid, sig)
			}
		}
	}
}

// descendants lists every process below pid, asking pgrep one level at a time.
func descendants(pid int) []int {
	var all []int
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		out, _ := exec.Command("pgrep", "-P", strconv.Itoa(queue[0])).Output()
		for _, field := range strings.Fields(string(out)) {
			if child, err := strconv.Atoi(field); err == nil {
				all, queue = append(all, child), append(queue, child)
			}
		}
	}
	return all
}
