package data

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/cache"
)

// remote is a file as its publisher has it.
type remote struct {
	name   string
	size   int64  // bytes
	sha256 string // hex
}

// download puts those of the files that are missing into dir; an archive is fetched to a folder beside it and unpacked.
// Processes that want the same wait for each other, and what one has fetched the next does not.
func (s source) download(ctx context.Context, dir string, d downloader) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return disk{err}
	}
	unlock, err := cache.Lock(ctx, dir+".lock", "download", d.report)
	switch {
	case ctx.Err() != nil && err != nil:
		return s.interrupted(ctx, err)
	case err != nil:
		return disk{err}
	}
	defer unlock()
	if err := atomicfile.Sweep(dir, s.has, 0); err != nil { // nobody else writes here now
		return disk{err}
	}
	_, missing, err := s.in(dir)
	if err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil // another process was first
	}
	var tried []error
	if s.module.path != "" {
		// First, for the go command says at once whether it has the module, where a web host that is blocked may keep
		// us waiting.
		err := s.module.fetch(ctx, dir, missing, d.report)
		if err == nil || errors.As(err, &disk{}) {
			return err
		}
		if ctx.Err() != nil {
			return s.interrupted(ctx, err)
		}
		tried = append(tried, err)
	}
	to := dir
	if missing = s.published(missing); s.archive.name != "" {
		to = dir + ".archive" // which nobody looks into while it is unpacked
		defer os.RemoveAll(to)
		if err := os.MkdirAll(to, 0o755); err != nil {
			return disk{err}
		}
	}
	for _, f := range missing {
		d.total += f.size
	}
	for _, f := range missing {
		if err := d.fetch(ctx, to, f); errors.As(err, &disk{}) {
			return err
		} else if err != nil {
			return s.interrupted(ctx,
				fmt.Errorf("%s cannot be downloaded (%s): connect to the network and run the same command again, or %s",
					s.name, list(append(tried, err)), s.byHand(f)))
		}
		d.before += f.size
	}
	if to != dir {
		return s.unpack(filepath.Join(to, s.archive.name), dir)
	}
	return nil
}

// has says whether one of the files is called so.
func (s source) has(name string) bool {
	return slices.ContainsFunc(s.files, func(f remote) bool { return f.name == name })
}

func (s source) interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("downloading %s was interrupted (%w); the same command takes it up again", s.name, ctx.Err())
	}
	return err
}

// downloader fetches files from the first mirror that has them.
type downloader struct {
	mirrors       []string
	answer        time.Duration // a mirror that does not answer in so long is given up; 0 for 10 s
	stall         time.Duration // and one that sends nothing more for so long; 0 for 30 s
	report        cache.Progress
	before, total int64 // bytes of the files that are through, and of all
}

// fetch downloads one file. Until it is whole and its checksum right it lies under another name.
func (d downloader) fetch(ctx context.Context, dir string, f remote) error {
	path := filepath.Join(dir, f.name)
	part := path + ".part"
	defer os.Remove(part) // gone already where all went well
	var tried []error
	for _, mirror := range d.mirrors {
		err := d.from(ctx, strings.TrimSuffix(mirror, "/")+"/"+f.name, part, f)
		if err == nil {
			if err := os.Rename(part, path); err != nil {
				return disk{err}
			}
			return nil
		}
		if ctx.Err() != nil || errors.As(err, &disk{}) {
			return err
		}
		tried = append(tried, err)
	}
	return errors.New(list(tried))
}

// list puts errors on one line.
func list(errs []error) string {
	var said []string
	for _, err := range errs {
		said = append(said, err.Error())
	}
	return strings.Join(said, "; ")
}

var errStalled = errors.New("nothing came for too long")

// from downloads one file from one address, and checks it.
func (d downloader) from(ctx context.Context, url, part string, f remote) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	d.answer, d.stall = cmp.Or(d.answer, 10*time.Second), cmp.Or(d.stall, 30*time.Second)
	alarm := time.AfterFunc(d.answer, func() { cancel(errStalled) })
	defer alarm.Stop()

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept-Encoding", "gzip") // asked for by name, it is not unpacked on the way
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return because(ctx, url, err)
	}
	defer response.Body.Close()
	alarm.Reset(d.stall)
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}

	out, err := os.Create(part)
	if err != nil {
		return disk{err}
	}
	defer out.Close()
	sum, got := sha256.New(), int64(0)
	body := io.LimitReader(response.Body, f.size+1)
	for chunk := make([]byte, 64<<10); ; {
		d.tell(f, got)
		n, readErr := body.Read(chunk)
		alarm.Reset(d.stall)
		sum.Write(chunk[:n])
		if _, err := out.Write(chunk[:n]); err != nil {
			return disk{err}
		}
		got += int64(n)
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			return because(ctx, url, fmt.Errorf("broken off after %d of %d bytes: %w", got, f.size, readErr))
		}
	}
	if got > f.size {
		return fmt.Errorf("%s: not the published file: it is longer than %d bytes", url, f.size)
	}
	if found := hex.EncodeToString(sum.Sum(nil)); found != f.sha256 {
		return fmt.Errorf("%s: not the published file: %d bytes (want %d) with SHA-256 %s", url, got, f.size, found)
	}
	if err := errors.Join(out.Sync(), out.Close()); err != nil {
		return disk{err}
	}
	return nil
}

func (d downloader) tell(f remote, got int64) {
	d.report.Tell("downloading "+f.name+", kB", int((d.before+got)/1000), int(d.total/1000))
}

// because names the address, and the stall where that is what ended the transfer.
func because(ctx context.Context, url string, err error) error {
	if context.Cause(ctx) == errStalled {
		err = errStalled
	}
	if strings.Contains(err.Error(), url) {
		return err
	}
	return fmt.Errorf("%s: %w", url, err)
}

// disk is a failure of this machine, which no other mirror mends.
type disk struct{ err error }

func (d disk) Error() string {
	return fmt.Sprintf("cannot write into the cache folder: %v; name another with MAESTRO_CACHE=DIR", d.err)
}

func (d disk) Unwrap() error { return d.err }
