package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/maestro-lod/notebook/maestro/nanjson"
	"github.com/maestro-lod/notebook/maestro/sweep"
)

// errAlone ends a worker whose sweep has ended.
var errAlone = fmt.Errorf("the sweep that started the worker has ended: %w", context.Canceled)

// Tethered is a context that ends where hold does: the standard input of a worker, whose other end goes with its sweep.
func Tethered(parent context.Context, hold io.Reader) context.Context {
	ctx, end := context.WithCancelCause(parent)
	go func() {
		_, _ = io.Copy(io.Discard, hold)
		end(errAlone)
	}()
	return ctx
}

// Teller is an Options.Events that writes lines of JSON to where out writes now, also once the process's standard
// output goes into a log.
func Teller(out io.Writer) (func(sweep.Event), error) {
	if f, ok := out.(*os.File); ok {
		fd, err := unix.Dup(int(f.Fd()))
		if err != nil {
			return nil, errors.Join(errors.New("standard output cannot be kept"), err)
		}
		unix.CloseOnExec(fd)
		out = os.NewFile(uintptr(fd), f.Name())
	}
	return func(e sweep.Event) { _ = nanjson.Write(out, e) }, nil
}
