package worker

import (
	"errors"
	"os"
)

// log is where a worker's process writes: what it, and libraries below it, write to standard output and standard
// error goes into the file of the attempt that goes on.
type log struct {
	file *os.File
}

// to has the process write into a file.
func (l *log) to(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	err = errors.Join(duplicate(int(f.Fd()), 1), duplicate(int(f.Fd()), 2))
	l.close()
	l.file = f
	return err
}

func (l *log) close() {
	if l.file != nil {
		_ = l.file.Close()
		l.file = nil
	}
}
