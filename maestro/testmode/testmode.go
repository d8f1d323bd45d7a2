// Package testmode is the one switch between the tests that always run and those that take long, and how XLA compiles
// for the former. It stands outside internal, since tests of every room ask it.
package testmode

import (
	"os"
	"strings"
	"testing"
)

// EnvLong is the switch of the tests that take long: they run when it is set to anything.
const EnvLong = "MAESTRO_LONG"

// Long skips a test that takes minutes, or compiles what no other does, unless EnvLong is set; why says what it checks
// beyond those that always run.
func Long(t testing.TB, why string) {
	t.Helper()
	if !IsLong() {
		t.Skipf("%s: it runs with %s=1", why, EnvLong)
	}
}

// IsLong says whether the switch is set, for a test that then tries more.
func IsLong() bool { return os.Getenv(EnvLong) != "" }

// quickXLA has XLA's CPU compiler optimize nothing, and generate the code of fused operations by its older emitters:
// those of today build each in MLIR first, which takes four fifths of the time left. What both compute differs by
// rounding alone.
const quickXLA = "--xla_backend_optimization_level=0 " +
	"--xla_backend_extra_options=xla_cpu_disable_new_fusion_emitters=true"

// QuickXLA is for the TestMain of a package whose tests compile many programs that run for a moment: XLA's CPU
// compiler takes less care over them, and a seventh of its time. Long tests run what a user runs, and so does any
// test under an XLA_FLAGS that names a level of optimization.
func QuickXLA() {
	if flags := os.Getenv("XLA_FLAGS"); !IsLong() && !strings.Contains(flags, "optimization_level") {
		_ = os.Setenv("XLA_FLAGS", strings.TrimSpace(flags+" "+quickXLA))
	}
}
