// Package device says which XLA plugin (or which other GoMLX backend) computations run on, and gets it there.
//
// It looks in this order: what GOMLX_BACKEND names; a plugin where go-xla looks itself (~/.local/lib/go-xla and the
// folders in PJRT_PLUGIN_LIBRARY_PATH); the TPU or CUDA plugin that `maestro setup --device` installed, on a machine
// that has such a device; the CPU plugin in the project's Python environment, installed when missing; and where
// Python or such a plugin cannot be had, go-xla's own installer, then GoMLX's pure-Go backend. Choose takes a device
// by its name instead.
package device

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/installer"
	"github.com/gomlx/go-xla/pjrt"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// EnvBackend is GoMLX's own variable; when it is set, it decides.
const EnvBackend = "GOMLX_BACKEND"

// Choice is a backend that was chosen but not opened yet.
type Choice struct {
	Config string // what GoMLX takes: "xla:/path/to/plugin.so", "xla:cuda", "go"
	Origin string // where it comes from, in words
	Slow   string // a warning for the user, when this is a fall-back; else empty
	// Devices is how many devices the backend must have; 0 and 1 ask for no more than there are. A CPU is divided
	// into so many.
	Devices int
	// MemoryShare is how much of an accelerator's memory is taken, where several processes share it; 0 is what the
	// plugin takes.
	MemoryShare float64
}

// Environ is what a child process needs in its environment to run on this choice without looking for one itself.
func (c Choice) Environ() []string {
	env := append([]string{EnvBackend + "=" + c.Config, xla.NoAutoInstallEnv + "=1"}, c.cudaEnviron()...)
	if flags := c.xlaFlags(); flags != "" {
		env = append(env, "XLA_FLAGS="+flags)
	}
	return env
}

// Find chooses a backend from what is installed. ok is false when nothing is.
func Find() (c Choice, ok bool, err error) { return search{dev: "/dev"}.find() }

// search is where hardware is looked for.
type search struct {
	dev string // the folder of device files
}

func (s search) find() (c Choice, ok bool, err error) {
	if config := os.Getenv(EnvBackend); config != "" {
		return Choice{Config: config, Origin: EnvBackend}, true, checkConfig(config)
	}
	for _, name := range Names() {
		if c, ok := inPluginFolder(name); ok {
			return c, true, nil
		}
	}
	for _, name := range Names() {
		if !s.present(name) {
			continue
		}
		if c, ok, err := installed(name); ok || err != nil {
			return c, ok, err
		}
	}
	return Choice{}, false, nil
}

// inPluginFolder finds the plugin of a kind of device where go-xla looks itself.
func inPluginFolder(name string) (c Choice, ok bool) {
	plugins, _ := availablePlugins()
	for _, found := range sortedKeys(plugins) {
		if found == name || strings.HasPrefix(found, name+"_v") {
			return Choice{Config: xla.BackendName + ":" + plugins[found], Origin: "go-xla's plugin folder"}, true
		}
	}
	return Choice{}, false
}

// installed finds the plugin of a kind of device among the project's own packages.
func installed(name string) (c Choice, ok bool, err error) {
	find, plugin := pyenv.Find, pyenv.Env.CPUPlugin
	if name != "cpu" {
		if !pyenv.HasCPUPlugin() { // nor any other
			return Choice{}, false, nil
		}
		find = func() (pyenv.Env, bool, error) { return pyenv.FindAccelerator(name) }
		plugin = func(e pyenv.Env) (string, bool) { return e.Plugin(name) }
	}
	env, complete, err := find()
	if err != nil || !complete {
		return Choice{}, false, err
	}
	path, ok := plugin(env)
	if !ok {
		return Choice{}, false, nil
	}
	origin := "the project's Python environment"
	if name != "cpu" {
		origin = "`" + SetUp(name) + "`"
	}
	if _, broken := availablePlugins(); broken {
		origin += " (a plugin where go-xla looks itself does not load, so none there is used)"
	}
	return Choice{Config: xla.BackendName + ":" + path, Origin: origin}, true, nil
}

// availablePlugins lists the plugins where go-xla looks itself, by name. At a file there that does not load, such as
// half of a download, go-xla v0.4.1 panics; then none can be had.
func availablePlugins() (plugins map[string]string, broken bool) {
	defer func() { broken = recover() != nil }()
	return pjrt.AvailablePlugins(), false
}

// Ensure chooses a backend, installing one where none is there.
func Ensure(ctx context.Context, report cache.Progress) (Choice, error) {
	c, ok, err := Find()
	if ok || err != nil {
		return c, err
	}
	reason := fmt.Sprintf("there is no XLA plugin among the Python packages for %s/%s", runtime.GOOS, runtime.GOARCH)
	if pyenv.HasCPUPlugin() {
		_, err := pyenv.Ensure(ctx, report)
		var missing *pyenv.Missing
		switch {
		case err == nil:
			c, _, err = Find()
			return c, err
		case ctx.Err() != nil:
			return Choice{}, err
		case !errors.As(err, &missing):
			return Choice{}, fmt.Errorf("%w; or set %s=go to do without XLA, slowly", err, EnvBackend)
		}
		reason = missing.Error()
	}
	report.Tell("downloading an XLA plugin with go-xla's installer", 0, 0)
	if err := installer.AutoInstall("", true, installer.Quiet); err == nil {
		if c, ok, err := Find(); ok || err != nil {
			return c, err
		}
	}
	return Choice{
		Config: gobackend.BackendName,
		Origin: "fall-back",
		Slow:   "running without XLA, on GoMLX's pure-Go backend (some 500 times slower on convolutions): " + reason,
	}, nil
}

// Open chooses a backend as Ensure does and starts it. A warning about a slow fall-back goes to standard error.
func Open(ctx context.Context) (compute.Backend, error) {
	c, err := Ensure(ctx, nil)
	if err != nil {
		return nil, err
	}
	if c.Slow != "" {
		fmt.Fprintln(os.Stderr, "warning: "+c.Slow)
	}
	return OpenChoice(c)
}

// OpenChoice starts a chosen backend.
func OpenChoice(c Choice) (compute.Backend, error) {
	if err := checkConfig(c.Config); err != nil {
		return nil, err
	}
	// The plugin reads XLA_FLAGS once, when it is first used.
	if flags := c.xlaFlags(); flags != "" {
		if err := os.Setenv("XLA_FLAGS", flags); err != nil {
			return nil, err
		}
	}
	for _, setting := range c.cudaEnviron() {
		name, value, _ := strings.Cut(setting, "=")
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	if err := c.keepPrograms(); err != nil {
		return nil, err
	}
	xla.EnableAutoInstall(false) // what is missing is installed by Ensure, where it can be said and mended
	backend, err := c.start()
	if err != nil {
		return nil, fmt.Errorf("the backend %s (from %s) does not start: %s; `maestro doctor` shows what is installed",
			c.Config, c.Origin, loadError(err))
	}
	if n := backend.NumDevices(); n < c.Devices {
		backend.Finalize()
		return nil, fmt.Errorf("%d devices are asked for, but %s (from %s) has %d: lower --devices", c.Devices,
			c.Config, c.Origin, n)
	}
	return backend, nil
}

// start starts the backend, with as many devices as are asked for where it is a CPU.
func (c Choice) start() (compute.Backend, error) {
	backend, config, _ := strings.Cut(c.Config, ":")
	if c.Devices > 1 && backend == xla.BackendName && c.Kind() == "cpu" {
		return xla.NewWithOptions(config, pjrt.NamedValuesMap{"cpu_device_count": int64(c.Devices)})
	}
	if c.MemoryShare > 0 && backend == xla.BackendName && c.Kind() == "cuda" {
		return xla.NewWithOptions(config, pjrt.NamedValuesMap{"preallocate": true,
			"memory_fraction": float32(c.MemoryShare)})
	}
	return compute.NewWithConfig(c.Config)
}

// checkConfig finds the mistakes in GOMLX_BACKEND that the loader would answer with a stack of its own errors.
func checkConfig(config string) error {
	name, rest, _ := strings.Cut(config, ":")
	if !slices.Contains(compute.List(), name) {
		known := compute.List()
		slices.Sort(known)
		return fmt.Errorf("%s=%s: there is no backend %q (known: %s)", EnvBackend, config, name,
			strings.Join(known, ", "))
	}
	path, _, _ := strings.Cut(rest, ",")
	if !filepath.IsAbs(path) {
		return nil
	}
	if fault := pluginFault(path); fault != "" {
		return fmt.Errorf("%s=%s: %s; unset %s to use the installed one", EnvBackend, config, fault, EnvBackend)
	}
	return nil
}

// pluginFault says why a file cannot be a plugin; empty if it may be one.
func pluginFault(path string) string {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Sprintf("the plugin file cannot be read (%v)", errors.Unwrap(err))
	case info.IsDir():
		return "that is a folder, where the plugin's shared library in it should be named"
	}
	return ""
}

// loadError puts the loader's commonest complaints in plain words.
func loadError(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	switch {
	case strings.Contains(line, "invalid ELF header"), strings.Contains(line, "file too short"):
		return "the file is no shared library"
	case strings.Contains(line, "GetPjrtApi"):
		return "the file is a shared library, but no PJRT plugin"
	case strings.Contains(line, "No visible GPU devices"), strings.Contains(line, "CUDA_ERROR_NO_DEVICE"):
		return "the plugin finds no NVIDIA GPU (nvidia-smi says whether the driver sees one)"
	}
	return line
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
