package supervisor

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// TempPrefix begins the name of every kernel's folder for temporary files.
const TempPrefix = "maestro-kernel-"

// privateDir is a kernel's folder for temporary files. A lock on a file in it, which the system drops when the kernel
// dies however it dies, tells a folder in use from one left behind.
type privateDir struct {
	path string
	lock *os.File
}

func newPrivateDir(parent string) (privateDir, error) {
	path, err := os.MkdirTemp(parent, TempPrefix)
	if err != nil {
		return privateDir{}, err
	}
	lock, err := os.OpenFile(filepath.Join(path, "in-use"), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	return privateDir{path: path, lock: lock}, err
}

func (d privateDir) remove() {
	_ = os.RemoveAll(d.path)
	_ = d.lock.Close()
}

// sweepStale removes the folders of kernels that were killed before they could do it themselves, and ends what runs in
// them still: GoNB and what its cells started.
func sweepStale(parent string) {
	dirs, _ := filepath.Glob(filepath.Join(parent, TempPrefix+"*"))
	for _, dir := range dirs {
		lock, err := os.OpenFile(filepath.Join(dir, "in-use"), os.O_RDWR, 0)
		if err != nil {
			// One without the file may be about to get it; an old one never will.
			if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > time.Hour {
				_ = os.RemoveAll(dir)
			}
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			endStrays(dir)
			_ = os.RemoveAll(dir)
		}
		_ = lock.Close()
	}
}
