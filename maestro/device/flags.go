package device

import (
	"os"
	"strings"
)

// smallLoops makes XLA compile a While of up to 256 KiB of state into one machine-code function in place of a walk over
// one task an operation, whose overhead is most of the time on problems of a few dozen numbers
// (docs/measurements.md). A dot handed to the YNN library would keep the loop from qualifying, so that is switched off.
var smallLoops = []string{
	extraOptions + "xla_cpu_small_while_loop_byte_threshold=262144",
	"--xla_cpu_experimental_ynn_fusion_type=",
}

// extraOptions begins the flag of options that are themselves named; XLA takes it any number of times and adds them up.
const extraOptions = "--xla_backend_extra_options="

// xlaFlags is the value of XLA_FLAGS to run the choice with, or "" to leave it as it is. A plugin ends the process on a
// flag it does not know, so only the plugin these were tried with is given them, and a user's own setting of the same
// flag or extra option is kept.
func (c Choice) xlaFlags() string {
	ours := smallLoops
	if dir := c.cudaDir(); dir != "" {
		ours = []string{"--xla_gpu_cuda_data_dir=" + dir}
	} else if !c.pinned() {
		return ""
	}
	flags := strings.Fields(os.Getenv("XLA_FLAGS"))
	for _, flag := range ours {
		name, _, _ := strings.Cut(strings.TrimPrefix(flag, extraOptions), "=")
		if !strings.Contains(os.Getenv("XLA_FLAGS"), name) {
			flags = append(flags, flag)
		}
	}
	return strings.Join(flags, " ")
}
