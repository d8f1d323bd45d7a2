package device

import "path/filepath"

// present says whether the machine seems to have such a device, so that an installed plugin is not tried where there is
// none, as on the login node of a cluster whose nodes share a cache folder.
func (s search) present(name string) bool {
	if name == "cpu" {
		return true
	}
	patterns := map[string][]string{
		"cuda": {"nvidia[0-9]*", "dxg"}, // dxg: Windows' subsystem for Linux
		"tpu":  {"accel[0-9]*", "vfio/[0-9]*"},
	}
	for _, pattern := range patterns[name] {
		if found, _ := filepath.Glob(filepath.Join(s.dev, pattern)); len(found) > 0 {
			return true
		}
	}
	return false
}

// Present says whether the machine seems to have a device of a kind.
func Present(name string) bool { return search{dev: "/dev"}.present(name) }

// cudaDir is where the choice's CUDA plugin has NVIDIA's assembler and libdevice from, when that is the project's
// environment; the plugin looks for them in the working folder and in /usr/local/cuda by itself. Its libraries it
// finds by its own path, $ORIGIN/../../nvidia.
func (c Choice) cudaDir() string {
	if c.Kind() != "cuda" {
		return ""
	}
	site := filepath.Dir(filepath.Dir(filepath.Dir(c.plugin())))
	if found, _ := filepath.Glob(filepath.Join(site, "nvidia", "cu13", "bin", "ptxas")); len(found) == 0 {
		return ""
	}
	return filepath.Join(site, "nvidia", "cu13")
}

// cudaEnviron keeps go-xla from looking for those libraries where its own installer puts them, and from warning.
func (c Choice) cudaEnviron() []string {
	if c.cudaDir() == "" {
		return nil
	}
	return []string{"GOPJRT_CUDA_CHECKS=no"}
}
