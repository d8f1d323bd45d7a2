package kernel

import (
	"context"
	"flag"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

var prepareOnce = sync.OnceValues(func() (Setup, error) {
	root, err := FindRoot("..")
	if err != nil {
		return Setup{}, err
	}
	return Prepare(context.Background(), root, nil)
})

// TestMain has more tests run at once than there are cores: most wait for kernels, which wait for each other's
// compilers.
func TestMain(m *testing.M) {
	testmode.QuickXLA()
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
