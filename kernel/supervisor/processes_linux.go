package supervisor

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// adoptOrphans makes this process the parent of every descendant whose own parent ends, so that none escapes.
func adoptOrphans() {
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// now is the present as the system dates processes.
func now() instant {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &t)
	return instant(t.Sec*100 + t.Nsec/10_000_000)
}

// processes lists those of the whole system, from /proc.
func processes() []process {
	var all []process
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended since
		}
		// pid (name) state ppid … and, 20th of those after the name, when it began; the name may itself hold spaces and
		// brackets.
		pid, rest, _ := strings.Cut(string(text), " (")
		name, rest := rest[:strings.LastIndexByte(rest, ')')], rest[strings.LastIndexByte(rest, ')')+1:]
		fields := strings.Fields(rest)
		if len(fields) < 20 {
			continue
		}
		p := process{name: name, zombie: fields[0] == "Z"}
		p.pid, _ = strconv.Atoi(pid)
		p.parent, _ = strconv.Atoi(fields[1])
		began, _ := strconv.ParseInt(fields[19], 10, 64)
		p.began = instant(began)
		all = append(all, p)
	}
	return all
}

// endStrays kills the processes that were started with tmp as their folder for temporary files, and that no supervisor
// is left to end.
func endStrays(tmp string) {
	setting := []byte("\x00TMPDIR=" + tmp + "\x00")
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		found := false
		environs, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, path := range environs {
			text, err := os.ReadFile(path)
			if err != nil || !bytes.Contains(append([]byte{0}, text...), setting) {
				continue
			}
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			_ = syscall.Kill(pid, syscall.SIGKILL)
			found = true
		}
		if !found {
			return
		}
	}
}
