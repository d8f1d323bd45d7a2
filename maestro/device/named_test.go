package device

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// accelerator makes a cache folder in which a device's plugin seems to be installed, and returns both.
func accelerator(t *testing.T, name, file string) (cache, plugin string) {
	t.Helper()
	cache = t.TempDir()
	t.Setenv("MAESTRO_CACHE", cache)
	env, ok, err := pyenv.FindAccelerator(name)
	if ok || err != nil {
		t.Fatalf("in an empty cache folder: %v, %v", ok, err)
	}
	plugin = filepath.Join(env.Dir, "lib", "python3.12", "site-packages", file)
	for _, path := range []string{plugin, env.Python(), filepath.Join(env.Dir, ".complete"),
		filepath.Join(env.Dir, "lib", "python3.12", "site-packages", "nvidia", "cu13", "bin", "ptxas")} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return cache, plugin
}

// TestAccelerators: an installed plugin of a GPU or a TPU is found where the machine has such a device, and not where
// it has none; by its name it is found anyway. What it needs to run goes to child processes too.
func TestAccelerators(t *testing.T) {
	if !pyenv.HasCPUPlugin() {
		t.Skip("the Python packages have no XLA plugin for this platform")
	}
	empty := t.TempDir()
	for name, test := range map[string]struct{ file, device string }{
		"cuda": {filepath.Join("jax_plugins", "xla_cuda13", "xla_cuda_plugin.so"), "nvidia0"},
		"tpu":  {filepath.Join("libtpu", "libtpu.so"), "accel0"},
	} {
		t.Run(name, func(t *testing.T) {
			cache, plugin := accelerator(t, name, test.file)
			want := found{Choice: Choice{Config: "xla:" + plugin, Origin: "`maestro setup --device " + name + "`"},
				OK: true}
			settings := []string{"HOME=" + empty, "MAESTRO_CACHE=" + cache, "PJRT_PLUGIN_LIBRARY_PATH=" + empty}
			for what, c := range map[string]struct {
				got, want found
			}{
				"with the device": {ask(t, "find", append(settings, envDev+"="+folder(t, "", test.device))...),
					want},
				"with another one": {ask(t, "find",
					append(settings, envDev+"="+folder(t, "", "nvidia-caps", "sda"))...), found{}},
				"by its name": {ask(t, "choose", append(settings, envName+"="+name)...), want},
				"by its own path": {ask(t, "choose", append(settings, envName+"="+plugin)...),
					found{Choice: Choice{Config: "xla:" + plugin, Origin: "--device"}, OK: true}},
				"named twice, alike": {ask(t, "choose", append(settings, envName+"="+name,
					EnvBackend+"=xla:"+plugin)...), found{Choice: Choice{Config: "xla:" + plugin, Origin: EnvBackend},
					OK: true}},
			} {
				if diff := cmp.Diff(c.want, c.got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
			if name == "cuda" {
				t.Setenv("XLA_FLAGS", "")
				env := strings.Join(want.Choice.Environ(), "\n")
				if data := filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(plugin))), "nvidia",
					"cu13"); !strings.Contains(env, "XLA_FLAGS=--xla_gpu_cuda_data_dir="+data) {
					t.Errorf("a child's environment does not name NVIDIA's folder %s:\n%s", data, env)
				}
			}
		})
	}
}

// TestChooseMistakes: each gets one line with what to do.
func TestChooseMistakes(t *testing.T) {
	empty := t.TempDir()
	text := filepath.Join(folder(t, "", "text.so"), "text.so")
	for what, test := range map[string]struct{ name, backend, want string }{
		"cuda is not installed": {"cuda", "", "`maestro setup --device cuda` installs it"},
		"a TPU's is not":        {"tpu", "", "`maestro setup --device tpu` installs it"},
		"an unknown device": {"gpu", "",
			`unknown device "gpu": use cpu, cuda, tpu, or the path of a PJRT plugin`},
		"a path of nothing":  {empty + "/none.so", "", "cannot be read (no such file"},
		"a path of a folder": {empty, "", "that is a folder"},
		"GOMLX_BACKEND differs": {"cuda", "go",
			"--device is cuda, but GOMLX_BACKEND is go: take one of the two away"},
		"it names another plugin":   {text, "xla:/opt/pjrt_c_api_cpu_plugin.so", "take one of the two away"},
		"it names a CPU":            {"tpu", "xla:cpu", "take one of the two away"},
		"the same one, not a file":  {"cpu", "xla:/none/pjrt_c_api_cpu_plugin.so", "cannot be read"},
		"GOMLX_BACKEND is nonsense": {"cpu", "cude", "take one of the two away"},
	} {
		t.Run(what, func(t *testing.T) {
			got := ask(t, "choose", "HOME="+empty, "MAESTRO_CACHE="+empty, "PJRT_PLUGIN_LIBRARY_PATH="+empty,
				envName+"="+test.name, EnvBackend+"="+test.backend)
			expectError(t, got, test.want)
		})
	}
}

// TestDivideCPU: a CPU can be had by its name or its plugin's path, and as several devices; the pure-Go backend cannot.
func TestDivideCPU(t *testing.T) {
	plugin, cache := pinnedPlugin(t)
	empty := t.TempDir()
	settings := []string{"HOME=" + empty, "MAESTRO_CACHE=" + cache, "PJRT_PLUGIN_LIBRARY_PATH=" + empty}
	for _, name := range []string{"cpu", plugin} {
		if got := ask(t, "choose and open", append(settings, envName+"="+name)...); got.Two != 2 ||
			got.Choice.Config != "xla:"+plugin {
			t.Errorf("the device %s is %+v", name, got)
		}
	}
	if got := ask(t, "divide", settings...); got.Number != 3 || got.Two != 2 {
		t.Errorf("a CPU divided into three is %+v", got)
	}
	expectError(t, ask(t, "divide", append(settings, EnvBackend+"=go")...),
		"3 devices are asked for, but go (from GOMLX_BACKEND) has 1")
}
