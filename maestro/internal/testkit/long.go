package testkit

import (
	"os"
	"testing"
)

// EnvLong is the one switch of the tests that take long: they run when it is set to anything.
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
