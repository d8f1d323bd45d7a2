package device

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// glibc reads its settings once, as a program starts.
const (
	envTunables = "GLIBC_TUNABLES"
	largePages  = "glibc.malloc.hugetlb"
)

// memoryEnviron is env with glibc's allocator told to ask Linux for large pages, and whether that is anything new.
// XLA on a CPU takes the memory of a step from the allocator and gives it back after each: where that is a gigabyte,
// getting it in pages of 4 kB is a good part of the step's time (docs/measurements.md). A setting of the user's own
// stays.
func memoryEnviron(env []string) (with []string, changed bool) {
	value := ""
	for _, setting := range env { // of two settings of a name the last one counts
		if v, ok := strings.CutPrefix(setting, envTunables+"="); ok {
			value = v
		}
	}
	if strings.Contains(value, largePages+"=") {
		return env, false
	}
	if value != "" {
		value += ":"
	}
	env = slices.DeleteFunc(slices.Clone(env), func(s string) bool { return strings.HasPrefix(s, envTunables+"=") })
	return append(env, envTunables+"="+value+largePages+"=1"), true
}

// UseLargePages starts the program anew in its own place, with large pages for what XLA computes on a CPU, if it was
// not started so; programs that it starts, a notebook's cells among them, inherit the setting. To be called first
// thing. Where it cannot be had the program goes on as it is.
func UseLargePages() {
	env, changed := memoryEnviron(os.Environ())
	path, err := os.Executable()
	if runtime.GOOS == "linux" && changed && err == nil {
		_ = syscall.Exec(path, os.Args, env)
	}
}
