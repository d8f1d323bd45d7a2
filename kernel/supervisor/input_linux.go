package supervisor

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// readsInput tells whether a thread of the process waits in a read of its standard input.
func readsInput(pid int) bool {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/[0-9]*/syscall", pid))
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		fields := strings.Fields(string(text)) // the call's number, its arguments
		if err == nil && len(fields) > 1 && fields[0] == strconv.Itoa(syscall.SYS_READ) && fields[1] == "0x0" {
			return true
		}
	}
	return false
}

// physicalMemory is the machine's, in bytes.
func physicalMemory() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}
