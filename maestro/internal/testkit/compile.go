package testkit

import (
	"flag"
	"os"
	"testing"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// Main is the TestMain of a package whose tests compile many programs: they do so quickly, but for benchmarks, which
// run what a user runs.
func Main(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() == "" {
		testmode.QuickXLA()
	}
	os.Exit(m.Run())
}
