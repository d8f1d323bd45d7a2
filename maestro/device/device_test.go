package device

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// The loader of plugins reads its search path once, when a process begins, and keeps what it has loaded; so a test that
// sets a plugin folder asks a process of its own, which is this program again with envChild set.
const (
	envChild = "MAESTRO_DEVICE_TEST_CHILD"
	envDev   = "MAESTRO_DEVICE_TEST_DEV"  // the folder of device files; none where it is empty
	envName  = "MAESTRO_DEVICE_TEST_NAME" // the device that "choose" asks for
)

// found is what the child answers.
type found struct {
	Choice Choice
	OK     bool
	Error  string
	Two    float32 // what 1+1 is on the choice
	Number int     // of its devices, when it was divided
}

func TestMain(m *testing.M) {
	switch os.Getenv(envChild) {
	case "":
		os.Exit(m.Run())
	case "find":
		c, ok, err := search{dev: os.Getenv(envDev)}.find()
		answer(c, ok, err, false)
	case "choose", "choose and open":
		c, err := Choose(context.Background(), os.Getenv(envName), nil)
		answer(c, err == nil, err, os.Getenv(envChild) != "choose")
	case "divide":
		c, _, err := search{}.find()
		c.Devices = 3
		answer(c, err == nil, err, true)
	case "ensure":
		c, err := Ensure(context.Background(), nil)
		answer(c, err == nil, err, true)
	case "interrupted":
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		c, err := Ensure(ctx, nil)
		answer(c, err == nil, err, false)
	case "open":
		c, ok, err := search{dev: os.Getenv(envDev)}.find()
		answer(c, ok, err, true)
	}
}

func answer(c Choice, ok bool, err error, open bool) {
	f := found{Choice: c, OK: ok}
	if err == nil && open {
		var backend compute.Backend
		if backend, err = OpenChoice(c); err == nil {
			if os.Getenv(envChild) == "divide" {
				f.Number = backend.NumDevices()
			}
			f.Two, err = add(backend)
		}
	}
	if err != nil {
		f.Error = err.Error()
	}
	if err := json.NewEncoder(os.Stdout).Encode(f); err != nil {
		panic(err)
	}
}

// add computes 1+1 on a backend and closes it.
func add(backend compute.Backend) (float32, error) {
	defer backend.Finalize()
	two, err := graph.CallOnce(backend, func(x *graph.Node) *graph.Node { return graph.Add(x, x) }, float32(1))
	if err != nil {
		return 0, err
	}
	return two.Value().(float32), nil
}

// ask runs a child that does what is named, in an environment of the given settings alone.
func ask(t *testing.T, what string, settings ...string) found {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append([]string{envChild + "=" + what}, settings...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the child: %v: %s", err, stderr.String())
	}
	var f found
	if err := json.Unmarshal(out, &f); err != nil {
		t.Fatalf("the child said %q: %v", out, err)
	}
	return f
}

// pinnedPlugin is the path of the plugin in the project's Python environment, which is made where it is missing, and
// the cache folder that holds it.
func pinnedPlugin(t *testing.T) (plugin, cache string) {
	t.Helper()
	if !pyenv.HasCPUPlugin() {
		t.Skip("the Python packages have no XLA plugin for this platform")
	}
	env, err := pyenv.Ensure(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	plugin, ok := env.CPUPlugin()
	if !ok {
		t.Fatalf("no plugin in %s", env.Dir)
	}
	return plugin, filepath.Dir(env.Dir)
}

// folder makes a folder with links to the plugin, or, where that is empty, text files, under the given names.
func folder(t *testing.T, plugin string, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, name)
		var err error
		if plugin == "" {
			err = os.WriteFile(path, []byte("half of a download"), 0o644)
		} else {
			err = os.Symlink(plugin, path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestFindOrder: what GOMLX_BACKEND names comes first, then go-xla's plugin folder, there the faster kind of device,
// then the plugin of the project's Python environment; and what is chosen computes.
func TestFindOrder(t *testing.T) {
	plugin, cache := pinnedPlugin(t)
	const cpu, versioned, tpu = "pjrt_c_api_cpu_plugin.so", "pjrt_c_api_cpu_v0.114.0_plugin.so",
		"pjrt_c_api_tpu_plugin.so"
	none, plain, both, newer := folder(t, plugin), folder(t, plugin, cpu), folder(t, plugin, cpu, tpu),
		folder(t, plugin, versioned)
	broken := folder(t, "", cpu)
	ours := Choice{Config: "xla:" + plugin, Origin: "the project's Python environment"}
	beside := Choice{Config: ours.Config,
		Origin: ours.Origin + " (a plugin where go-xla looks itself does not load, so none there is used)"}
	tests := map[string]struct {
		backend, folder, cache string
		want                   Choice
		ok                     bool
	}{
		"the variable wins": {"go", plain, cache, Choice{Config: "go", Origin: EnvBackend}, true},
		"then the plugin folder": {"", plain, cache, Choice{Config: "xla:" + filepath.Join(plain, cpu),
			Origin: "go-xla's plugin folder"}, true},
		"of a version": {"", newer, cache, Choice{Config: "xla:" + filepath.Join(newer, versioned),
			Origin: "go-xla's plugin folder"}, true},
		"a TPU before a CPU": {"", both, cache, Choice{Config: "xla:" + filepath.Join(both, tpu),
			Origin: "go-xla's plugin folder"}, true},
		"then ours":                  {"", none, cache, ours, true},
		"ours, not a broken one":     {"", broken, cache, beside, true},
		"nothing is installed":       {"", none, none, Choice{}, false},
		"nothing but one for nobody": {"", folder(t, plugin, "pjrt_c_api_other_plugin.so"), none, Choice{}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, map[bool]string{true: "open", false: "find"}[test.ok], "HOME="+t.TempDir(),
				"MAESTRO_CACHE="+test.cache,
				"PJRT_PLUGIN_LIBRARY_PATH="+test.folder, EnvBackend+"="+test.backend)
			want := found{Choice: test.want, OK: test.ok}
			if test.ok {
				want.Two = 2
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what was found, and 1+1 on it (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBadBackend: what GOMLX_BACKEND may be set to by mistake is said in one line, the mistake in it, and no crash.
func TestBadBackend(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.so")
	if err := os.WriteFile(text, []byte(strings.Repeat("no shared library ", 100)), 0o644); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty.so")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ config, want string }{
		"a file that is not there":      {"xla:" + filepath.Join(dir, "none.so"), "cannot be read (no such file"},
		"a folder, with an option":      {"xla:" + dir + ",shared_buffers", "that is a folder"},
		"a folder":                      {"xla:" + dir, "that is a folder"},
		"a text file":                   {"xla:" + text, "the file is no shared library"},
		"an empty file":                 {"xla:" + empty, "the file is no shared library"},
		"a backend that does not exist": {"cude", `there is no backend "cude" (known: go, `},
		"a plugin where a backend goes": {filepath.Join(dir, "none.so"), "there is no backend"},
		"a device that is not there":    {"xla:cuda", "xla:cuda"},
		"a device that does not exist":  {"xla:abacus", "xla:abacus"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, "open", "HOME="+dir, "MAESTRO_CACHE="+dir, "PJRT_PLUGIN_LIBRARY_PATH="+dir,
				EnvBackend+"="+test.config)
			expectError(t, got, test.want)
		})
	}
}

func expectError(t *testing.T, got found, want string) {
	t.Helper()
	if !strings.Contains(got.Error, want) || strings.Contains(got.Error, "\n") {
		t.Errorf("the error is %q, want one line with %q in it", got.Error, want)
	}
}

// TestNoPlugin: a shared library that is no plugin is told from a file that is no shared library.
func TestNoPlugin(t *testing.T) {
	var libc []string
	for _, pattern := range []string{"/lib*/*/libc.so.6", "/lib*/libc.so.6", "/usr/lib*/libc.so.6"} {
		found, _ := filepath.Glob(pattern)
		libc = append(libc, found...)
	}
	if len(libc) == 0 {
		t.Skip("the C library's file was not found")
	}
	got := ask(t, "open", "HOME="+t.TempDir(), "MAESTRO_CACHE="+t.TempDir(), EnvBackend+"=xla:"+libc[0])
	expectError(t, got, "a shared library, but no PJRT plugin")
}

// TestNoPython: on a machine without Python, and without a network that another plugin could come from, what is left is
// the pure-Go backend, which computes, with a warning that it is slow and why.
func TestNoPython(t *testing.T) {
	if !pyenv.HasCPUPlugin() {
		t.Skip("the Python packages have no XLA plugin for this platform")
	}
	home := t.TempDir()
	got := ask(t, "ensure", "HOME="+home, "MAESTRO_CACHE="+filepath.Join(home, "cache"), "PATH=",
		"PJRT_PLUGIN_LIBRARY_PATH="+home,
		"HTTPS_PROXY=http://127.0.0.1:9") // the discard port, where nobody listens
	slow := got.Choice.Slow
	got.Choice.Slow = ""
	if diff := cmp.Diff(found{Choice: Choice{Config: "go", Origin: "fall-back"}, OK: true, Two: 2}, got); diff != "" {
		t.Errorf("the choice, and 1+1 on it (-want +got):\n%s", diff)
	}
	for _, want := range []string{"500 times slower", "no Python", "apt install python3"} {
		if !strings.Contains(slow, want) {
			t.Errorf("the warning is %q, want %q in it", slow, want)
		}
	}
}

// TestSetUpFails: where Python is there but the environment cannot be made, that is an error which names the way to do
// without, not a slow run that nobody asked for.
func TestSetUpFails(t *testing.T) {
	if !pyenv.HasCPUPlugin() {
		t.Skip("the Python packages have no XLA plugin for this platform")
	}
	home := t.TempDir()
	python := filepath.Join(home, "python3")
	if err := os.WriteFile(python, []byte("#!/bin/sh\n[ $1 = -c ] && echo 3.12\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	got := ask(t, "ensure", "HOME="+home, "MAESTRO_CACHE="+home, "MAESTRO_PYTHON="+python,
		"PJRT_PLUGIN_LIBRARY_PATH="+home)
	expectError(t, got, "GOMLX_BACKEND=go")
	// Nor is an interrupt a reason for it.
	got = ask(t, "interrupted", "HOME="+home, "MAESTRO_CACHE="+home, "MAESTRO_PYTHON="+python,
		"PJRT_PLUGIN_LIBRARY_PATH="+home)
	if !strings.HasPrefix(got.Error, "interrupted") || strings.Contains(got.Error, EnvBackend) {
		t.Errorf("after an interrupt the error is %q", got.Error)
	}
}

// TestOpenComputes: the backend that a user gets, and the pure-Go one, add one and one.
func TestOpenComputes(t *testing.T) {
	choice, err := Ensure(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Choice{choice, {Config: "go", Origin: "a test"}} {
		t.Run(c.Origin, func(t *testing.T) {
			t.Setenv("XLA_FLAGS", os.Getenv("XLA_FLAGS")) // opening adds to it
			backend, err := OpenChoice(c)
			if err != nil {
				t.Fatal(err)
			}
			if two, err := add(backend); err != nil || two != 2 {
				t.Errorf("1+1 = %v, %v", two, err)
			}
		})
	}
}

// TestEnviron: a child process is told of the choice, to install nothing, and, for the pinned plugin alone, of the
// flags that were tried with it; a user's own flags stay, and their own setting of one of ours wins.
func TestEnviron(t *testing.T) {
	const loop, ynn = "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=262144",
		"--xla_cpu_experimental_ynn_fusion_type="
	const own, other = "--xla_backend_extra_options=mine=1,xla_cpu_small_while_loop_byte_threshold=9",
		"--xla_backend_extra_options=mine=1"
	const pinned = "xla:/cache/lib/python3.12/site-packages/lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so"
	tests := map[string]struct {
		config, users string
		want          []string // the flags, in any order; nil where they stay as they are
	}{
		"the pinned plugin":          {pinned, "", []string{loop, ynn}},
		"and a user's own flag":      {pinned, "--xla_dump_to=/dump", []string{loop, ynn, "--xla_dump_to=/dump"}},
		"and a user's own value":     {pinned, own, []string{ynn, own}},
		"and another extra option":   {pinned, other, []string{loop, ynn, other}}, // XLA adds them up
		"all of ours are there":      {pinned, loop + "  " + ynn, []string{loop, ynn}},
		"another plugin":             {"xla:/opt/pjrt_c_api_cuda_plugin.so", "", nil},
		"another, and a user's flag": {"xla:cuda", "--xla_dump_to=/dump", nil},
		"no XLA":                     {"go", "", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XLA_FLAGS", test.users)
			var flags []string
			var rest []string
			for _, setting := range (Choice{Config: test.config}).Environ() {
				if value, ok := strings.CutPrefix(setting, "XLA_FLAGS="); ok {
					flags = strings.Fields(value)
				} else {
					rest = append(rest, setting)
				}
			}
			slices.Sort(flags)
			slices.Sort(test.want)
			if diff := cmp.Diff(test.want, flags); diff != "" {
				t.Errorf("the flags (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"GOMLX_BACKEND=" + test.config, "GOMLX_NO_AUTO_INSTALL=1"}, rest); diff != "" {
				t.Errorf("the other settings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestChildNeedsNotLook: a process started with the choice's settings finds the same choice, and computes with it,
// where it could find nothing by itself.
func TestChildNeedsNotLook(t *testing.T) {
	plugin, _ := pinnedPlugin(t)
	c := Choice{Config: "xla:" + plugin}
	nowhere := t.TempDir()
	got := ask(t, "open", append(c.Environ(), "HOME="+nowhere, "MAESTRO_CACHE="+nowhere,
		"PJRT_PLUGIN_LIBRARY_PATH="+nowhere)...)
	if diff := cmp.Diff(found{Choice: Choice{Config: c.Config, Origin: EnvBackend}, OK: true, Two: 2},
		got); diff != "" {
		t.Errorf("the child's choice, and 1+1 on it (-want +got):\n%s", diff)
	}
}
