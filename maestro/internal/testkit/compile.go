package testkit

import (
	"flag"
	"os"
	"strings"
	"testing"
)

// Main is the TestMain of a package whose tests compile many programs that run for a moment: XLA's CPU compiler optimises
// them less, which takes 40 % off its time. Long tests and benchmarks run what a user runs.
func Main(m *testing.M) {
	flag.Parse()
	const setting = "--xla_backend_optimization_level"
	flags := os.Getenv("XLA_FLAGS")
	if bench := flag.Lookup("test.bench"); !IsLong() && bench.Value.String() == "" && !strings.Contains(flags, setting) {
		_ = os.Setenv("XLA_FLAGS", strings.TrimSpace(flags+" "+setting+"=0"))
	}
	os.Exit(m.Run())
}
