// Package atomicfile puts files in place whole: a reader sees the one before or the new one, also where the machine
// stops.
package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/google/renameio/v2"
)

// Write replaces a file, or leaves it as it was. Others may read it as far as the umask allows.
func Write(path string, data []byte) error {
	return renameio.WriteFile(path, data, 0o644, beside(path))
}

// Create is Write of what fill writes.
func Create(path string, fill func(io.Writer) error) error {
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), beside(path))
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		return errors.Join(err, f.Cleanup())
	}
	return f.CloseAtomicallyReplace()
}

// beside has the unfinished file in the folder of the finished one, without trying whether another would do.
func beside(path string) renameio.Option { return renameio.WithTempDir(filepath.Dir(path)) }

// Unfinished is the name of the file that one of this name was to become, where a process was killed at writing it.
func Unfinished(name string) (of string, ok bool) {
	m := regexp.MustCompile(`^\.(.+?)\d+$`).FindStringSubmatch(name)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// Sweep removes from a folder what killed processes were writing: unfinished files, of those whose names are own, that
// nobody has written to for so long.
func Sweep(dir string, own func(name string) bool, age time.Duration) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		of, ok := Unfinished(e.Name())
		if info, err := e.Info(); !ok || !own(of) || err != nil || time.Since(info.ModTime()) < age {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
