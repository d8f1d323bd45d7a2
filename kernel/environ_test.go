package kernel

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWith: a setting takes the place of those of the same name, whatever their number, an empty one takes them away,
// and the environment that was passed in stays as it was.
func TestWith(t *testing.T) {
	base := []string{"A=1", "AB=2", "B=3", "A=4"}
	tests := map[string]struct {
		settings []string
		want     []string
	}{
		"nothing":            {nil, []string{"A=1", "AB=2", "B=3", "A=4"}},
		"another value":      {[]string{"A=5"}, []string{"AB=2", "B=3", "A=5"}},
		"a new name":         {[]string{"C=5"}, []string{"A=1", "AB=2", "B=3", "A=4", "C=5"}},
		"gone":               {[]string{"A="}, []string{"AB=2", "B=3"}},
		"gone without equal": {[]string{"B"}, []string{"A=1", "AB=2", "A=4"}},
		"a value with equal": {[]string{"B=x=y"}, []string{"A=1", "AB=2", "A=4", "B=x=y"}},
		"two":                {[]string{"A=", "B=6"}, []string{"AB=2", "B=6"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, with(base, test.settings...)); diff != "" {
				t.Errorf("with (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"A=1", "AB=2", "B=3", "A=4"}, base); diff != "" {
				t.Errorf("the environment passed in (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGet: the last of several settings of a name counts, as it does for the system, and a name's beginning is no name.
func TestGet(t *testing.T) {
	env := []string{"A=1", "AB=2", "A=x=y", "EMPTY="}
	for name, want := range map[string]string{"A": "x=y", "AB": "2", "EMPTY": "", "B": ""} {
		if got := get(env, name); got != want {
			t.Errorf("get %s = %q, want %q", name, got, want)
		}
	}
}

// TestCellEnviron: cells keep the user's GOFLAGS and get ours beside them in a form that the go command reads, never
// ask the network, see no workspace but GoNB's own, and find our programs first.
func TestCellEnviron(t *testing.T) {
	for name, flags := range map[string]string{"no flags": "", "a flag": "-tags=mine",
		"quoted flags": "-tags=mine '-gcflags=-N -l'"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GOFLAGS", flags)
			t.Setenv("GOPROXY", "https://example.com")
			l := layout{root: "/checkout", cache: "/cache", key: "0"}
			env := cellEnviron(t.Context(), l, []string{"GOFLAGS=" + flags, "GOPROXY=https://example.com",
				"GOWORK=/elsewhere/go.work", "PATH=/bin", "HOME=/home"})
			for name, want := range map[string]string{"GOPROXY": "off", "MAESTRO_GOPROXY": "https://example.com",
				"GOWORK": "", "HOME": "/home", "PATH": l.bin() + ":/bin"} {
				if got := get(env, name); got != want {
					t.Errorf("%s=%q, want %q", name, got, want)
				}
			}
			cmd := exec.Command("go", "env", "GOFLAGS")
			cmd.Env = with(os.Environ(), "GOFLAGS="+get(env, "GOFLAGS"))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("the go command does not take the flags: %s", out)
			}
			for _, want := range []string{flags, cellFlags} {
				if !strings.Contains(string(out), want) {
					t.Errorf("GOFLAGS=%s, want it to keep %s", out, want)
				}
			}
		})
	}
}

// TestJupyterEnviron: Jupyter finds our kernel before the user's own, keeps the user's, and finds its own programs
// first.
func TestJupyterEnviron(t *testing.T) {
	l := layout{root: "/checkout", cache: "/cache", key: "0"}
	t.Setenv("JUPYTER_PATH", "/users/own")
	t.Setenv("PATH", "/usr/bin")
	env := jupyterEnviron(l, "/cache/python/bin")
	for name, want := range map[string]string{"JUPYTER_PATH": l.jupyter() + ":/users/own",
		"PATH": "/cache/python/bin:/usr/bin"} {
		if got := get(env, name); got != want {
			t.Errorf("%s=%q, want %q", name, got, want)
		}
	}
	t.Setenv("JUPYTER_PATH", "")
	if got := get(jupyterEnviron(l, "/bin"), "JUPYTER_PATH"); got != l.jupyter() {
		t.Errorf("JUPYTER_PATH=%q where the user has none, want %q", got, l.jupyter())
	}
}
