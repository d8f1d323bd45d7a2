package device

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/go-xla/compute/xla"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// Names are the kinds of devices that Choose knows, the one to be preferred first.
func Names() []string { return []string{"tpu", "cuda", "cpu"} }

// SetUp is the command that installs the plugin of a kind of device.
func SetUp(name string) string {
	if name == "cpu" {
		return "maestro setup"
	}
	return "maestro setup --device " + name
}

// Choose takes the device that is named: "cpu", "cuda", "tpu", or the path of a PJRT plugin; "" leaves the choice to
// Ensure. A CPU's plugin is installed where it is missing; that of another device is an error which names the command
// that installs it, since it is large. So is a GOMLX_BACKEND that names another device.
func Choose(ctx context.Context, name string, report cache.Progress) (Choice, error) {
	if name == "" {
		return Ensure(ctx, report)
	}
	c, err := named(name)
	if err != nil || c.Config != "" {
		return c, err
	}
	if name != "cpu" || !pyenv.HasCPUPlugin() {
		return Choice{}, fmt.Errorf("no plugin for the device %s is installed: `%s` installs it", name, SetUp(name))
	}
	if _, err := pyenv.Ensure(ctx, report); err != nil {
		return Choice{}, err
	}
	return named(name)
}

// named finds the device that is named among what is installed; its Config is empty where that is not.
func named(name string) (c Choice, err error) {
	known := slices.Contains(Names(), name)
	if !known && !strings.ContainsRune(name, filepath.Separator) && filepath.Ext(name) != ".so" {
		return c, fmt.Errorf("unknown device %q: use cpu, cuda, tpu, or the path of a PJRT plugin", name)
	}
	if !known {
		if name, err = filepath.Abs(name); err != nil {
			return c, err
		}
		if fault := pluginFault(name); fault != "" {
			return c, fmt.Errorf("--device is %s: %s", name, fault)
		}
		c = Choice{Config: xla.BackendName + ":" + name, Origin: "--device"}
	}
	if config := os.Getenv(EnvBackend); config != "" {
		set := Choice{Config: config, Origin: EnvBackend}
		if set.Kind() != name && set.plugin() != name {
			return Choice{}, fmt.Errorf("--device is %s, but %s is %s: take one of the two away", name,
				EnvBackend, config)
		}
		return set, checkConfig(config)
	}
	if !known {
		return c, nil
	}
	if c, ok := inPluginFolder(name); ok {
		return c, nil
	}
	c, _, err = installed(name)
	return c, err
}

// plugin is the name or path of the choice's XLA plugin; empty if it is none.
func (c Choice) plugin() string {
	backend, rest, _ := strings.Cut(c.Config, ":")
	if backend != xla.BackendName {
		return ""
	}
	plugin, _, _ := strings.Cut(rest, ",")
	return plugin
}

// Kind is "cpu", "cuda" or "tpu", by the name of the choice's plugin; empty if that tells nothing.
func (c Choice) Kind() string {
	file := strings.ToLower(filepath.Base(c.plugin()))
	for _, name := range Names() {
		if strings.Contains(file, name) {
			return name
		}
	}
	return ""
}
