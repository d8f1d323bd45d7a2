// Package folderlock keeps two processes, or two parts of one, from writing the same folder at a time.
//
// A lock is the operating system's own (flock) on the file .lock in the folder, so it ends with its process, however
// that ends. Readers take none. On NFS, Linux hands it to the server (NFS 4, or 3 with its lock service): it then
// holds between all machines that mount the folder, unless they mount it with local_lock or nolock. A file system
// that cannot lock is told to Warn, and the folder is then not guarded.
package folderlock

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Name is the lock's file in the folder; it is there while the folder is held.
const Name = ".lock"

// Holder is who holds a folder.
type Holder struct {
	Doing string    `json:"doing"` // such as "training"
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// InUse is the error of a folder that is held already.
type InUse struct {
	Dir string
	By  Holder // zero where it could not be read
}

func (e *InUse) Error() string {
	by := e.By
	host, _ := os.Hostname()
	switch {
	case by.PID == 0:
		return fmt.Sprintf("%s is in use by another process: wait for its end, or name another folder", e.Dir)
	case by.PID == os.Getpid() && by.Host == host:
		return fmt.Sprintf("%s is in use in this process already (%s, since %s): close that first", e.Dir, by.Doing,
			by.since())
	}
	return fmt.Sprintf("%s is in use: process %d on %s is %s there since %s; wait for its end, or stop it", e.Dir,
		by.PID, by.Host, by.Doing, by.since())
}

func (h Holder) since() string { return h.Since.Local().Format("2006-01-02 15:04:05") }

// Lock is a folder that this process holds.
type Lock struct {
	dir    string
	folder *os.File     // keeps hold of the folder wherever it is moved to
	file   *flock.Flock // nil where the file system cannot lock
}

// Take holds a folder, which must exist, for what is being done there ("training"). A folder that is held already is an
// *InUse. warn may be nil.
func Take(dir, doing string, warn func(string)) (*Lock, error) {
	folder, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	l := &Lock{dir: dir, folder: folder}
	for {
		err := l.try(doing, warn)
		if err == nil {
			return l, nil
		}
		if !errors.Is(err, errGone) {
			return nil, errors.Join(err, folder.Close())
		}
	}
}

// errGone says that the file that was locked was being removed by the holder before.
var errGone = errors.New("the lock was removed")

func (l *Lock) try(doing string, warn func(string)) error {
	path := filepath.Join(l.dir, Name)
	// Open for writing, as NFS wants it of whoever locks alone.
	l.file = flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR))
	got, err := l.file.TryLock()
	switch {
	case errors.Is(err, syscall.ENOLCK), errors.Is(err, syscall.ENOSYS), errors.Is(err, errors.ErrUnsupported):
		_ = l.file.Close()
		l.file = nil
		if warn != nil {
			warn(fmt.Sprintf("the file system of %s cannot lock (%v): nothing but you keeps another process from "+
				"writing there", l.dir, err))
		}
		return nil
	case err != nil:
		return fmt.Errorf("cannot write into %s: %w", l.dir, err)
	case !got:
		_ = l.file.Close()
		return &InUse{Dir: l.dir, By: holder(path)}
	}
	locked, err := l.file.Stat()
	if now, e := os.Stat(path); err != nil || e != nil || !os.SameFile(locked, now) {
		return errors.Join(errGone, l.file.Close())
	}
	host, _ := os.Hostname()
	text, err := json.Marshal(Holder{Doing: doing, PID: os.Getpid(), Host: host,
		Since: time.Now().UTC().Truncate(time.Second)})
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o644)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("cannot write into %s: %w", l.dir, err), os.Remove(path), l.file.Close())
	}
	return nil
}

// holder reads who holds a lock; one that has only just been taken may not say so yet.
func holder(path string) (h Holder) {
	for range 10 {
		text, err := os.ReadFile(path)
		if err == nil && json.Unmarshal(text, &h) == nil {
			return h
		}
		time.Sleep(10 * time.Millisecond)
	}
	return Holder{}
}

// Dir is where the folder is now: it may have been moved. One that was removed, or whose way is not known, is an error.
func (l *Lock) Dir() (string, error) {
	if l.at(l.dir) {
		return l.dir, nil
	}
	now, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", l.folder.Fd())) // on Linux
	if err != nil || strings.HasSuffix(now, " (deleted)") || !l.at(now) {
		return "", fmt.Errorf("the folder %s is no longer there: it was moved or removed while it was in use", l.dir)
	}
	l.dir = now
	return now, nil
}

// at says whether the folder is at a path.
func (l *Lock) at(path string) bool {
	held, err := l.folder.Stat()
	now, e := os.Stat(path)
	return err == nil && e == nil && os.SameFile(held, now)
}

// Release gives the folder free. A nil lock is none.
func (l *Lock) Release() {
	if l == nil {
		return
	}
	if l.file != nil {
		if dir, err := l.Dir(); err == nil { // before the lock ends, so that no other can have taken it
			_ = os.Remove(filepath.Join(dir, Name))
		}
		_ = l.file.Close()
	}
	_ = l.folder.Close()
}
