package pyenv

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// pipSaid is the standard output of pip 23.2.1 installing four packages from a lock file, of which two are not for this
// platform; cut from the output of a real set-up.
const pipSaid = `Ignoring appnope: markers 'sys_platform == "darwin"' don't match your environment
Ignoring colorama: markers 'sys_platform == "win32"' don't match your environment
Collecting anyio==4.16.0 (from -r /cache/python/requirements.txt (line 4))
  Downloading anyio-4.16.0-py3-none-any.whl (134 kB)
Collecting argon2-cffi==25.1.0 (from -r /cache/python/requirements.txt (line 14))
  Using cached argon2_cffi-25.1.0-py3-none-any.whl (14 kB)
Installing collected packages: argon2-cffi, anyio
Successfully installed anyio-4.16.0 argon2-cffi-25.1.0
`

const pipAsked = `anyio==4.16.0 \
    --hash=sha256:59bb
    # via httpx
appnope==1.0.0 ; sys_platform == 'darwin' \
    --hash=sha256:685d
argon2-cffi==25.1.0 \
    --hash=sha256:694a
colorama==0.4.6 ; sys_platform == 'win32' \
    --hash=sha256:4f1d
`

type step struct {
	What        string
	Done, Total int
}

// TestFollow: pip's output turns into progress that names each package, only grows, and ends with all of them.
func TestFollow(t *testing.T) {
	p := packages{pinned: pipAsked}
	var got []step
	p.follow(strings.NewReader(pipSaid), func(what string, done, total int) {
		got = append(got,
			step{what, done, total})
	})
	want := []step{{"downloading anyio", 1, 2}, {"downloading argon2-cffi", 2, 2},
		{"writing the packages to disk", 2, 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	p.follow(strings.NewReader(pipSaid), nil) // nobody need listen
}

// fake makes a Python whose "venv" and "pip" only do as if, in a cache folder of its own. pip is what its pip does, as
// shell commands. It returns the file in which every step is noted.
func fake(t *testing.T, pip string) (steps string) {
	t.Helper()
	steps = filepath.Join(t.TempDir(), "steps")
	python := script(t, fmt.Sprintf(`case "$1 $2" in
"-c "*) echo 3.12;;
"-m venv") echo venv >>'%[1]s'; mkdir "$3" "$3/bin" && cp "$0" "$3/bin/python";;
"-m pip") echo pip >>'%[1]s'; touch "${0%%/*}/installed"; %[2]s;;
*) echo "called with $*" >&2; exit 1;;
esac`, steps, pip))
	t.Setenv("MAESTRO_PYTHON", python)
	t.Setenv("MAESTRO_CACHE", t.TempDir())
	return steps
}

func expectSteps(t *testing.T, steps, want string) {
	t.Helper()
	text, err := os.ReadFile(steps)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(string(text)), " "); got != want {
		t.Errorf("the steps were %q, want %q", got, want)
	}
}

func ensure(t *testing.T) Env {
	t.Helper()
	env, err := Ensure(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if found, ok, err := Find(); err != nil || !ok || found != env {
		t.Errorf("Find = %+v, %v, %v after Ensure made %+v", found, ok, err, env)
	}
	if _, err := os.Stat(env.Bin("installed")); err != nil {
		t.Errorf("what pip put into the environment is not there: %v", err)
	}
	return env
}

// TestEnsureOnce: callers that come at the same time get the same environment, made once, and one that comes later
// makes nothing.
func TestEnsureOnce(t *testing.T) {
	steps := fake(t, "sleep 0.2")
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if _, err := Ensure(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	ensure(t)
	expectSteps(t, steps, "venv pip")
}

// TestEnsureOther: an environment of other packages is made once, in a folder of its own.
func TestEnsureOther(t *testing.T) {
	steps := fake(t, "true")
	ours := ensure(t)
	for range 2 {
		other, err := EnsureOther(t.Context(), "tests", pipAsked, nil)
		if err != nil {
			t.Fatal(err)
		}
		if other.Dir == ours.Dir || !strings.HasPrefix(filepath.Base(other.Dir), "tests-") {
			t.Errorf("the other environment lies in %s, the project's own in %s", other.Dir, ours.Dir)
		}
		if text, err := os.ReadFile(filepath.Join(other.Dir, "requirements.txt")); err != nil ||
			string(text) != pipAsked {
			t.Errorf("what pip was asked for is %q, %v", text, err)
		}
	}
	expectSteps(t, steps, "venv pip venv pip")
}

// TestHalfDone: an environment whose making was cut short is thrown away and made again, and so is one whose
// interpreter has gone since.
func TestHalfDone(t *testing.T) {
	steps := fake(t, "true")
	env, _, err := Find()
	if err != nil {
		t.Fatal(err)
	}
	stray := filepath.Join(env.Dir, "lib", "half-written")
	if err := os.MkdirAll(stray, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := Find(); ok {
		t.Error("a half-done environment was found to be complete")
	}
	ensure(t)
	if _, err := os.Stat(stray); err == nil {
		t.Error("what the first try left is still there")
	}
	expectSteps(t, steps, "venv pip")

	if err := os.Remove(env.Python()); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(t.TempDir(), "gone"), env.Python()); err != nil {
		t.Fatal(err)
	}
	ensure(t)
	expectSteps(t, steps, "venv pip venv pip")
}

// TestInstallFails: the common causes are told apart in one line that says what to do; nothing counts as installed; and
// the next call, when the cause is gone, finishes it.
func TestInstallFails(t *testing.T) {
	tests := map[string]struct{ pip, want string }{ // what pip 23.2.1 said
		"no network": {
			`echo "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7fdb14cd0310>: Failed to establish a new connection: [Errno -2] Name or service not known')': /simple/anyio/" >&2
			echo "ERROR: No matching distribution found for anyio==4.16.0" >&2; exit 1`,
			"connect to the network",
		},
		"a full disk": {
			`echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device" >&2; exit 1`,
			"MAESTRO_CACHE=DIR",
		},
		"another file under the name": {
			`echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes." >&2; exit 1`,
			"not the pinned one",
		},
		"anything else": {"echo what >&2; exit 7", "exit status 7 (pip's output: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			mended := filepath.Join(t.TempDir(), "mended")
			steps := fake(t, "if [ ! -e "+mended+" ]; then "+test.pip+"; fi")
			_, err := Ensure(t.Context(), nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("Ensure: %v, want an error with %q in it", err, test.want)
			}
			oneLine(t, err)
			if _, ok, _ := Find(); ok {
				t.Error("a failed set-up counts as complete")
			}
			if err := os.WriteFile(mended, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			ensure(t)
			expectSteps(t, steps, "venv pip venv pip")
		})
	}
}

// TestVenvFails: a Python that cannot make the environment is an error in one line that names the log.
func TestVenvFails(t *testing.T) {
	t.Setenv("MAESTRO_CACHE", t.TempDir())
	t.Setenv("MAESTRO_PYTHON", script(t, `case "$1" in -c) echo 3.12;; *) echo broken >&2; exit 1;; esac`))
	_, err := Ensure(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "making the Python environment failed") {
		t.Fatalf("Ensure: %v, want that the environment could not be made", err)
	}
	oneLine(t, err)
	env, _, _ := Find()
	if log, err := os.ReadFile(env.Dir + ".log"); err != nil || !strings.Contains(string(log), "broken") {
		t.Errorf("the log holds %q (%v), not what Python said", log, err)
	}
}

// TestCacheFolderInTheWay: a cache folder that cannot be made is an error that says how to name another.
func TestCacheFolderInTheWay(t *testing.T) {
	fake(t, "true")
	t.Setenv("MAESTRO_CACHE", filepath.Join(script(t, ""), "cache"))
	_, err := Ensure(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "MAESTRO_CACHE=DIR") {
		t.Fatalf("Ensure: %v, want an error that names MAESTRO_CACHE", err)
	}
	oneLine(t, err)
}

// TestInterrupted: an interrupt ends the set-up, at whatever it is, also while it waits for another one; it says that
// it was one, and the next call finishes the work.
func TestInterrupted(t *testing.T) {
	calm := filepath.Join(t.TempDir(), "calm")
	steps := fake(t, "echo 'Collecting anyio==4.16.0'; [ -e "+calm+" ] || exec sleep 1000")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	installing := make(chan bool)
	first := make(chan error)
	go func() {
		_, err := Ensure(ctx, func(what string, done, total int) {
			if strings.HasPrefix(what, "downloading") {
				close(installing)
			}
		})
		first <- err
	}()
	soon := time.After(time.Minute)
	select {
	case <-installing:
	case err := <-first:
		t.Fatalf("Ensure ended at once: %v", err)
	case <-soon:
		t.Fatal("the installing did not begin")
	}

	waiting, stop := context.WithCancel(t.Context())
	second := make(chan error)
	go func() {
		_, err := Ensure(waiting, func(what string, done, total int) { stop() }) // told that it waits
		second <- err
	}()
	expectInterrupted := func(who string, ended chan error) {
		t.Helper()
		select {
		case err := <-ended:
			if err == nil || !strings.HasPrefix(err.Error(), "interrupted") {
				t.Errorf("%s: %v, want that it was interrupted", who, err)
			}
		case <-soon:
			t.Fatalf("%s does not end", who)
		}
	}
	expectInterrupted("the set-up that waits", second)
	cancel()
	expectInterrupted("the set-up that installs", first)
	if _, err := Ensure(ctx, nil); err == nil || !strings.HasPrefix(err.Error(), "interrupted") {
		t.Errorf("a call after the interrupt: %v, want that it was interrupted", err)
	}
	if _, ok, _ := Find(); ok {
		t.Error("an interrupted set-up counts as complete")
	}

	if err := os.WriteFile(calm, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	ensure(t)
	expectSteps(t, steps, "venv pip venv pip")
}

// TestRealPythonOffline makes a real environment where the package index does not answer: the error says so and what to
// do, and what is there does not count as complete.
func TestRealPythonOffline(t *testing.T) {
	testmode.Long(t, "makes Python environments with no network")
	t.Setenv("MAESTRO_PYTHON", "")
	if _, err := Interpreter(t.Context()); err != nil {
		t.Skip("no Python:", err)
	}
	t.Setenv("MAESTRO_CACHE", t.TempDir())
	for name, value := range map[string]string{
		"PIP_INDEX_URL":   "http://127.0.0.1:9/simple", // the discard port, where nobody listens
		"PIP_CONFIG_FILE": os.DevNull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": "", "PIP_NO_CACHE_DIR": "1",
		"HTTP_PROXY": "", "http_proxy": "", "ALL_PROXY": "", "all_proxy": "",
	} {
		t.Setenv(name, value)
	}
	var told []string
	_, err := Ensure(t.Context(), func(what string, done, total int) { told = append(told, what) })
	if err == nil || !strings.Contains(err.Error(), "connect to the network") ||
		!strings.Contains(err.Error(), "run the same command again") {
		t.Fatalf("Ensure: %v, want that the index cannot be reached, and what to do", err)
	}
	oneLine(t, err)
	if len(told) == 0 {
		t.Error("nothing was told of what is being done")
	}
	if _, ok, err := Find(); ok || err != nil {
		t.Errorf("Find says complete: %v (%v), after a failed set-up", ok, err)
	}
}
