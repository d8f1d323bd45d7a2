package live

const (
	module   = "github.com/maestro-lod/notebook/"
	hostPath = module + "kernel/live/host"
)

// Libraries are the packages that are in the process that cells live in, with all that they import. Others are
// compiled when a cell imports them.
func Libraries() []string {
	return []string{"std", "github.com/janpfeifer/gonb/gonbui", module + "kernel/live/rt", module + "kernel/cell",
		module + "kernel/cell/inline",
		module + "maestro/device", module + "maestro/studies", module + "maestro/studies/linear",
		module + "maestro/train", module + "maestro/compress",
		module + "maestro/export", module + "maestro/data", module + "maestro/task/images",
		module + "maestro/task/rows", module + "maestro/figures", module + "maestro/sweep/launch",
		module + "maestro/sweepview", module + "plots"}
}
