package kernel

import (
	"context"
	"flag"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var prepareOnce = sync.OnceValues(func() (Setup, error) {
	root, err := FindRoot("..")
	if err != nil {
		return Setup{}, err
	}
	return Prepare(context.Background(), root, nil)
})

// TestMain has more tests run at once than there are cores: most wait for kernels, which wait for each other's compilers. XLA
// takes less care over the programs of their cells, as testkit.Main has it for the packages of maestro/, where it is said why.
func TestMain(m *testing.M) {
	if flags := os.Getenv("XLA_FLAGS"); os.Getenv("MAESTRO_LONG") == "" && !strings.Contains(flags, "optimization_level") {
		_ = os.Setenv("XLA_FLAGS", strings.TrimSpace(flags+" --xla_backend_optimization_level=0 --xla_backend_extra_options=xla_cpu_disable_new_fusion_emitters=true"))
	}
	flag.Parse()
	if at := flag.Lookup("test.parallel"); at.Value.String() == at.DefValue {
		_ = at.Value.Set(strconv.Itoa(3 * runtime.GOMAXPROCS(0)))
	}
	os.Exit(m.Run())
}

// prepared sets this checkout's notebooks up, once for all tests.
func prepared(t testing.TB) Setup {
	t.Helper()
	setup, err := prepareOnce()
	if err != nil {
		t.Fatal(err)
	}
	return setup
}

// long skips a test that takes long unless MAESTRO_LONG is set, as testkit.Long does for the packages of maestro/.
func long(t testing.TB) {
	t.Helper()
	if os.Getenv("MAESTRO_LONG") == "" {
		t.Skip("takes long: set MAESTRO_LONG=1")
	}
}
