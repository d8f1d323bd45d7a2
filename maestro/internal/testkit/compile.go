package testkit

import (
	"flag"
	"os"
	"strings"
	"testing"
)

// quickXLA has XLA's CPU compiler optimise nothing, and generate the code of fused operations by its older emitters: those
// of today build each in MLIR first, which takes four fifths of the time left. What both compute differs by rounding alone.
const quickXLA = "--xla_backend_optimization_level=0 --xla_backend_extra_options=xla_cpu_disable_new_fusion_emitters=true"

// Main is the TestMain of a package whose tests compile many programs that run for a moment: XLA's CPU compiler takes less
// care over them, and a seventh of its time. Long tests and benchmarks run what a user runs, and so does any test under an
// XLA_FLAGS that names a level of optimisation.
func Main(m *testing.M) {
	flag.Parse()
	flags := os.Getenv("XLA_FLAGS")
	bench := flag.Lookup("test.bench").Value.String()
	if !IsLong() && bench == "" && !strings.Contains(flags, "optimization_level") {
		_ = os.Setenv("XLA_FLAGS", strings.TrimSpace(flags+" "+quickXLA))
	}
	os.Exit(m.Run())
}
