// Package device says which XLA plugin (or which other GoMLX backend) computations run on, and gets it there.
//
// It looks in this order: what GOMLX_BACKEND names; a plugin where go-xla looks itself (~/.local/lib/go-xla and the
// folders in PJRT_PLUGIN_LIBRARY_PATH); the CPU plugin in the project's Python environment, installed when missing; and
// where Python or such a plugin cannot be had, go-xla's own installer, then GoMLX's pure-Go backend.
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

	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// EnvBackend is GoMLX's own variable; when it is set, it decides.
const EnvBackend = "GOMLX_BACKEND"

// Choice is a backend that was chosen but not opened yet.
type Choice struct {
	Config string // what GoMLX takes: "xla:/path/to/plugin.so", "xla:cuda", "go"
	Origin string // where it comes from, in words
	Slow   string // a warning for the user, when this is a fall-back; else empty
}

// Environ is what a child process needs in its environment to run on this choice without looking for one itself.
func (c Choice) Environ() []string {
	env := []string{EnvBackend + "=" + c.Config, xla.NoAutoInstallEnv + "=1"}
	if flags := c.xlaFlags(); flags != "" {
		env = append(env, "XLA_FLAGS="+flags)
	}
	return env
}

// Find chooses a backend from what is installed. ok is false when nothing is.
func Find() (c Choice, ok bool, err error) {
	if config := os.Getenv(EnvBackend); config != "" {
		return Choice{Config: config, Origin: EnvBackend}, true, checkConfig(config)
	}
	plugins, broken := availablePlugins()
	for _, name := range []string{"tpu", "cuda", "cpu"} {
		for _, found := range sortedKeys(plugins) {
			if found == name || strings.HasPrefix(found, name+"_v") {
				return Choice{Config: xla.BackendName + ":" + plugins[found], Origin: "go-xla's plugin folder"}, true, nil
			}
		}
	}
	env, complete, err := pyenv.Find()
	if err != nil {
		return Choice{}, false, err
	}
	if complete {
		if path, ok := env.CPUPlugin(); ok {
			origin := "the project's Python environment"
			if broken {
				origin += " (a plugin where go-xla looks itself does not load, so none there is used)"
			}
			return Choice{Config: xla.BackendName + ":" + path, Origin: origin}, true, nil
		}
	}
	return Choice{}, false, nil
}

// availablePlugins lists the plugins where go-xla looks itself, by name. At a file there that does not load, such as half
// of a download, go-xla v0.4.1 panics; then none can be had.
func availablePlugins() (plugins map[string]string, broken bool) {
	defer func() { broken = recover() != nil }()
	return pjrt.AvailablePlugins(), false
}

// Ensure chooses a backend, installing one where none is there.
func Ensure(ctx context.Context, report pyenv.Report) (Choice, error) {
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
	if report != nil {
		report("downloading an XLA plugin with go-xla's installer", 0, 0)
	}
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
	xla.EnableAutoInstall(false) // what is missing is installed by Ensure, where it can be said and mended
	backend, err := compute.NewWithConfig(c.Config)
	if err != nil {
		return nil, fmt.Errorf("the backend %s (from %s) does not start: %s; `maestro doctor` shows what is installed", c.Config, c.Origin, loadError(err))
	}
	return backend, nil
}

// checkConfig finds the mistakes in GOMLX_BACKEND that the loader would answer with a stack of its own errors.
func checkConfig(config string) error {
	name, rest, _ := strings.Cut(config, ":")
	if !slices.Contains(compute.List(), name) {
		known := compute.List()
		slices.Sort(known)
		return fmt.Errorf("%s=%s: there is no backend %q (known: %s)", EnvBackend, config, name, strings.Join(known, ", "))
	}
	path, _, _ := strings.Cut(rest, ",")
	if !filepath.IsAbs(path) {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("%s=%s: the plugin file cannot be read (%w); unset %s to use the installed one", EnvBackend, config, errors.Unwrap(err), EnvBackend)
	case info.IsDir():
		return fmt.Errorf("%s=%s: that is a folder; name the plugin's shared library in it", EnvBackend, config)
	}
	return nil
}

// loadError puts the loader's commonest complaints in plain words.
func loadError(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	switch {
	case strings.Contains(line, "invalid ELF header"), strings.Contains(line, "file too short"):
		return "the file is no shared library"
	case strings.Contains(line, "GetPjrtApi"):
		return "the file is a shared library, but no PJRT plugin"
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
