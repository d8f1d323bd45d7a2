package kernel

import (
	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// acceleratorChecks say whether the plugins of GPUs and TPUs are installed, where there are any for this platform; a
// TPU's only where it is, or the machine has one.
func acceleratorChecks() (checks []Check) {
	for _, name := range pyenv.Accelerators() {
		env, ok, err := pyenv.FindAccelerator(name)
		if err != nil {
			continue
		}
		check := Check{Name: "plugin for " + name, OK: ok, Found: "not installed"}
		switch path, found := env.Plugin(name); {
		case ok && found:
			check.Found = path
		case device.Present(name):
			check.OK, check.Found, check.Mend = false, "not installed, though the machine has such a device",
				setUp+" --device "+name
		case name == "tpu":
			continue
		}
		checks = append(checks, check)
	}
	return checks
}
