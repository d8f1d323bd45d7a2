package pyenv

import (
	"context"
	_ "embed"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/maestro-lod/notebook/maestro/cache"
)

//go:embed requirements-cuda.txt
var requirementsCUDA string

//go:embed requirements-tpu.txt
var requirementsTPU string

// Accelerators are the devices beside the CPU whose PJRT plugins can be installed, each in an environment of its own.
func Accelerators() []string { return []string{"cuda", "tpu"} }

// accelerator is what a device's plugin comes with: for CUDA NVIDIA's libraries and its assembler too, but not its
// driver, which is the machine's.
func accelerator(device string) (p packages, err error) {
	switch device {
	case "cuda":
		p = packages{name: device, what: "the CUDA plugin and NVIDIA's libraries", size: "4 GB",
			pinned: requirementsCUDA}
	case "tpu":
		p = packages{name: device, what: "the TPU plugin", size: "1 GB", pinned: requirementsTPU}
	default:
		return p, fmt.Errorf("there is no plugin to install for the device %q: use %s", device,
			strings.Join(Accelerators(), " or "))
	}
	if !HasCPUPlugin() {
		return p, fmt.Errorf("%s comes for linux/amd64 alone, not for %s/%s", p.what, runtime.GOOS, runtime.GOARCH)
	}
	return p, nil
}

// FindAccelerator returns the environment of a device's plugin, and whether it is there and complete.
func FindAccelerator(device string) (env Env, ok bool, err error) {
	p, err := accelerator(device)
	if err != nil {
		return Env{}, false, err
	}
	return p.find()
}

// EnsureAccelerator returns the environment of a device's plugin, installing it first where it is missing or half done:
// for CUDA 2.4 GB are downloaded, and take 4 on the disk.
func EnsureAccelerator(ctx context.Context, device string, report cache.Progress) (Env, error) {
	p, err := accelerator(device)
	if err != nil {
		return Env{}, err
	}
	env, err := p.ensure(ctx, report)
	if err != nil {
		return env, err
	}
	if _, ok := env.Plugin(device); !ok {
		return env, fmt.Errorf("%s was not among the packages: there is none for this Python; remove %s and name "+
			"one of 3.11 to 3.14 with MAESTRO_PYTHON=/path/to/python3", p.what, env.Dir)
	}
	return env, nil
}

// Plugin is the path of a device's PJRT plugin in its environment, and whether it is there.
func (e Env) Plugin(device string) (path string, ok bool) {
	file := filepath.Join("jax_plugins", "xla_cuda13", "xla_cuda_plugin.so")
	if device == "tpu" {
		file = filepath.Join("libtpu", "libtpu.so")
	}
	return e.packageFile(file)
}

func (e Env) packageFile(name string) (path string, ok bool) {
	found, _ := filepath.Glob(filepath.Join(e.Dir, "lib", "python3*", "site-packages", name))
	if len(found) == 0 {
		return "", false
	}
	return found[0], true
}
