//go:build unix && !linux

package supervisor

import (
	"os/exec"
	"strconv"
	"strings"
)

// adoptOrphans needs a Linux call; elsewhere a process that outlives the one that started it is not found again.
func adoptOrphans() {}

// endStrays needs Linux's /proc; elsewhere a killed supervisor's processes stay.
func endStrays(tmp string) {}

// now is needed for orphans alone.
func now() instant { return 0 }

// processes lists those of the whole system, as ps does.
func processes() []process {
	var all []process
	out, _ := exec.Command("ps", "-axo", "pid=,ppid=,stat=,comm=").Output()
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		p := process{zombie: strings.HasPrefix(fields[2], "Z"), name: strings.Join(fields[3:], " ")}
		p.pid, _ = strconv.Atoi(fields[0])
		p.parent, _ = strconv.Atoi(fields[1])
		all = append(all, p)
	}
	return all
}
