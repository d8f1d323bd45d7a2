package kernel

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstallForUser: what jupyter_client knows by itself, and with it other Jupyters, VS Code and papermill, finds
// the kernel and runs a cell, with no setting of ours and no Go on the PATH; a second installation changes nothing,
// and doctor says how things stand. Another's kernelspec of that name stays.
func TestInstallForUser(t *testing.T) {
	setup := prepared(t)
	home := t.TempDir()
	t.Setenv("JUPYTER_DATA_DIR", "")
	t.Setenv("XDG_DATA_HOME", filepath.Join(home, "data"))
	if check := userSpecCheck(setup.layout); check.OK || !strings.Contains(check.Mend, "setup --user") {
		t.Errorf("before it is installed doctor finds %+v", check)
	}
	dir, replaced, err := setup.InstallForUser()
	if err != nil || replaced != "" {
		t.Fatal(replaced, err)
	}
	before := read(t, filepath.Join(dir, "kernel.json"))
	if again, replaced, err := setup.InstallForUser(); again != dir || replaced != "" || err != nil ||
		read(t, filepath.Join(dir, "kernel.json")) != before {
		t.Errorf("the second time it went to %s in place of %q: %v", again, replaced, err)
	}
	if check := userSpecCheck(setup.layout); !check.OK || check.Found != dir {
		t.Errorf("once it is installed doctor finds %+v", check)
	}

	const client = `
import json, sys
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel
found = KernelSpecManager().find_kernel_specs().get("maestro")
manager, client = start_new_kernel(kernel_name="maestro")
said = []
reply = client.execute_interactive('import "fmt"\n\n%%\nfmt.Println(6 * 7)', output_hook=lambda m: said.append(m["content"].get("text", "")))
client.stop_channels()
manager.shutdown_kernel()
print(json.dumps([found, reply["content"]["status"], "".join(said)]))`
	cmd := exec.Command(setup.python.Python(), "-c", client)
	cmd.Env = with(os.Environ(), "HOME="+home, "GOCACHE="+goSetting(t.Context(), "GOCACHE"),
		"GOMODCACHE="+goSetting(t.Context(), "GOMODCACHE"),
		"JUPYTER_PATH=", "JUPYTER_CONFIG_PATH=", "MAESTRO_CACHE=", "PATH=/usr/bin:/bin")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	var got []string
	if err != nil || json.Unmarshal(out, &got) != nil || strings.Join(got, " ") != dir+" ok 42\n" {
		t.Errorf("another Jupyter's client: %v, %s; want %s and 42; it said %s", err, out, dir, &said)
	}

	other := setup
	other.layout.root = "/another/checkout"
	if check := userSpecCheck(other.layout); check.OK || !strings.Contains(check.Found, setup.Root()) ||
		check.Mend == "" {
		t.Errorf("for another checkout doctor finds %+v", check)
	}
	if _, replaced, err := other.InstallForUser(); err != nil || replaced != setup.Root() {
		t.Errorf("another checkout replaces %q: %v", replaced, err)
	}
	stale := strings.Replace(before, setup.layout.program("maestro"), filepath.Join(home, "gone"), 1)
	for _, bad := range []struct{ name, text string }{{"stale", stale}, {"not our", `{"argv": ["python"]}`}} {
		if err := os.WriteFile(filepath.Join(dir, "kernel.json"), []byte(bad.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if check := userSpecCheck(setup.layout); check.OK || !strings.Contains(check.Found, bad.name) {
			t.Errorf("of one that is %s doctor finds %+v", bad.name, check)
		}
	}
	if _, _, err := setup.InstallForUser(); err == nil ||
		read(t, filepath.Join(dir, "kernel.json")) != `{"argv": ["python"]}` {
		t.Errorf("another's kernelspec was replaced: %v", err)
	}
}

// TestUserSpecDir: the kernelspec goes where Jupyter's own settings say.
func TestUserSpecDir(t *testing.T) {
	for name, test := range map[string]struct{ data, xdg, want string }{
		"Jupyter's folder": {"/data", "/xdg", "/data/kernels/maestro"},
		"XDG's":            {"", "/xdg", "/xdg/jupyter/kernels/maestro"},
	} {
		t.Setenv("JUPYTER_DATA_DIR", test.data)
		t.Setenv("XDG_DATA_HOME", test.xdg)
		if got, err := userSpecDir(); err != nil || got != test.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, test.want)
		}
	}
}
