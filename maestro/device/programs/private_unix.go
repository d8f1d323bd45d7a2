//go:build unix

package programs

import (
	"fmt"
	"os"
	"syscall"
)

// private says why others could put code into the folder; nil when they cannot.
func private(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	owner := info.Sys().(*syscall.Stat_t).Uid
	if me := uint32(os.Getuid()); owner != me && owner != 0 {
		return fmt.Errorf("%s belongs to another user (id %d)", dir, owner)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others may write into %s: `chmod 700` it", dir)
	}
	return nil
}
