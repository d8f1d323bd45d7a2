// Package cache is the folder that everything the project installs or downloads lies in, the lock that keeps two
// processes from writing one part of it at a time, and how such long steps tell their progress.
package cache

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Dir is $MAESTRO_CACHE, or maestro-lod in the user's cache folder. It is safe to delete; the next run makes it again.
func Dir() (string, error) {
	if dir := os.Getenv("MAESTRO_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder to install into: %w; name one with MAESTRO_CACHE=DIR", err)
	}
	return filepath.Join(base, "maestro-lod"), nil
}

// Progress is told how a long step goes: what is being done, and how many of how many parts are through. total is 0
// where it is not known yet. It may be nil.
type Progress func(what string, done, total int)

// Tell calls p unless it is nil.
func (p Progress) Tell(what string, done, total int) {
	if p != nil {
		p(what, done, total)
	}
}

// Lock takes the lock of a path, whose file it makes, waiting until another process or goroutine gives it back. A
// wait of more than a second is told to p, with what the other does ("download"). The error is ctx's where that
// ended first.
func Lock(ctx context.Context, path, what string, p Progress) (unlock func(), err error) {
	type lock struct {
		unlock func()
		err    error
	}
	taken := make(chan lock, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(path).Lock()
		taken <- lock{unlock, err}
	}()
	slow := time.After(time.Second)
	for {
		select {
		case l := <-taken:
			return l.unlock, l.err
		case <-slow:
			p.Tell("waiting for another "+what+" to finish", 0, 0)
		case <-ctx.Done():
			go func() { // the wait itself cannot be called off
				if l := <-taken; l.err == nil {
					l.unlock()
				}
			}()
			return nil, ctx.Err()
		}
	}
}
