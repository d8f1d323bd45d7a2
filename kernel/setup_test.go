package kernel

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestHalfDoneSetup: what is missing of a set-up, or was cut short in the middle of being written, the next call makes
// again, and the kernel that Jupyter then starts is the checkout's own.
func TestHalfDoneSetup(t *testing.T) {
	testmode.Long(t, "links the programs of the kernel anew")
	t.Parallel()
	whole := prepared(t)
	l := whole.layout
	l.cache = t.TempDir() // of its own, since others use the real one at the same time
	// The first program was built, the second cut short, and the third not reached.
	if err := os.Mkdir(l.bin(), 0o755); err != nil {
		t.Fatal(err)
	}
	for program, length := range map[string]int{"maestro": -1, "goimports": 1000} {
		text := read(t, whole.layout.program(program))
		if length >= 0 {
			text = text[:length]
		}
		if err := os.WriteFile(l.program(program), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}

	reports := 0
	if _, err := l.prepare(t.Context(), func(string, int, int) { reports++ }); err != nil {
		t.Fatal(err)
	}
	if reports == 0 {
		t.Error("the set-up reported nothing")
	}
	for program, args := range map[string][]string{"gonb": {"--version"},
		"goimports": {filepath.Join(l.root, "main.go")}, "maestro": {"--help"}} {
		if out, err := exec.Command(l.program(program), args...).CombinedOutput(); err != nil {
			t.Errorf("%s does not run: %v: %s", program, err, out)
		}
	}
	var kernel struct {
		Argv []string
		Mode string            `json:"interrupt_mode"`
		Env  map[string]string `json:"env"`
	}
	if err := json.Unmarshal([]byte(read(t, filepath.Join(l.jupyter(), "kernels", Name, "kernel.json"))),
		&kernel); err != nil {
		t.Fatal(err)
	}
	if len(kernel.Argv) == 0 || kernel.Argv[0] != l.program("maestro") || kernel.Mode != "message" ||
		kernel.Env["MAESTRO_CACHE"] != l.cache {
		t.Errorf("the kernelspec is %+v", kernel)
	}
}
