package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/pyenv"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestMain lets the scripts in testdata/script run this program as `maestro`.
func TestMain(m *testing.M) {
	testmode.QuickXLA()
	testscript.Main(m, map[string]func(){"maestro": func() { Main() }})
}

// TestScripts runs the command line as a user does, and reads what it says.
func TestScripts(t *testing.T) {
	if _, err := pyenv.Ensure(t.Context(), func(what string, done, total int) {
		t.Logf("%s (%d of %d)", what, done,
			total)
	}); err != nil {
		t.Fatal(err)
	}
	folder, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			env.Setenv("MAESTRO_CACHE", folder)
			env.Setenv("GOMLX_BACKEND", os.Getenv("GOMLX_BACKEND"))
			return nil
		},
	})
}

type capture []byte

func (c *capture) Write(p []byte) (int, error) { *c = append(*c, p...); return len(p), nil }
