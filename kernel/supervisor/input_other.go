//go:build !linux

package supervisor

// readsInput cannot be told here: a cell that reads its standard input finds it closed.
func readsInput(int) bool { return false }

// physicalMemory is not known here.
func physicalMemory() int64 { return 0 }
