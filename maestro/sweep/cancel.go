package sweep

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
)

// cancelFile is there while a study is called off.
func (s Study) cancelFile() string { return filepath.Join(s.Dir, "cancelled") }

// Cancel calls the study off: those who run it see that within a second, and end their workers.
func (s Study) Cancel() error {
	return atomicfile.Write(s.cancelFile(), []byte(time.Now().UTC().Format(time.RFC3339)+"\n"))
}

// Uncancel has the study run again.
func (s Study) Uncancel() error {
	if err := os.Remove(s.cancelFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// ErrCancelled is the cause of the end of Cancelled's context.
var ErrCancelled = cancelled{}

type cancelled struct{}

func (cancelled) Error() string        { return "the study was cancelled" }
func (cancelled) Is(target error) bool { return target == context.Canceled }

// Cancelled is a context that ends once somebody calls the study off. stop ends the looking out.
func (s Study) Cancelled(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if fileExists(s.cancelFile()) {
					cancel(ErrCancelled)
				}
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}
