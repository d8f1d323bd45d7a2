package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/maestro-lod/notebook/maestro/cache"
)

// decodeAll reads image files of side×side pixels on all cores: the set, whose number of classes is left open, and each
// file's SHA-256. Of the files that are wrong its error names the first.
func decodeAll(ctx context.Context, pictures []picture, side int, report cache.Progress) (Set, [][sha256.Size]byte,
	error) {
	set := Set{Images: make([]byte, len(pictures)*side*side*3), Labels: make([]int32, len(pictures)), Height: side,
		Width: side, Channels: 3}
	sums := make([][sha256.Size]byte, len(pictures))
	next := queue{n: len(pictures), report: report}
	errs := make([]error, len(pictures))
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			canvas := image.NewRGBA(image.Rect(0, 0, side, side))
			for i, ok := next.take(); ok && ctx.Err() == nil; i, ok = next.take() {
				set.Labels[i] = pictures[i].label
				if sums[i], errs[i] = decode(pictures[i].path, canvas, set.Image(i)); errs[i] != nil {
					next.stop()
				}
			}
		})
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return Set{}, nil, err
	}
	// The files are taken in order, so the first that is wrong was read whichever was found out first.
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return Set{}, nil, errs[i]
	}
	return set, sums, nil
}

// decode reads one file into pixels, by way of the canvas, which has the size that the image must have.
func decode(path string, canvas *image.RGBA, pixels []byte) (sum [sha256.Size]byte, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return sum, err
	}
	decoded, err := decodePicture(content)
	if err != nil {
		return sum, fmt.Errorf("%s: %w", path, err)
	}
	if got, want := decoded.Bounds().Size(), canvas.Bounds().Size(); got != want {
		return sum, fmt.Errorf("%s: it is of %d×%d pixels, not %d×%d", path, got.X, got.Y, want.X, want.Y)
	}
	draw.Draw(canvas, canvas.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
	for i := range len(pixels) / 3 {
		copy(pixels[3*i:][:3], canvas.Pix[4*i:])
	}
	return sha256.Sum256(content), nil
}

// decodePicture reads a JPEG or PNG file, whatever its name was, and says of another what it is.
func decodePicture(content []byte) (decoded image.Image, err error) {
	kind := http.DetectContentType(content)
	switch kind {
	case "image/jpeg":
		decoded, err = jpeg.Decode(bytes.NewReader(content))
	case "image/png":
		decoded, err = png.Decode(bytes.NewReader(content))
	default:
		kind, _, _ = strings.Cut(kind, ";")
		switch {
		case strings.HasPrefix(kind, "image/"):
			return nil, fmt.Errorf("it is %s, and JPEG and PNG are read: convert it", kind)
		case kind == "text/html":
			return nil, errors.New("it is a web page in an image's place: get it again")
		}
		return nil, errors.New("not a whole JPEG or PNG file: get it again")
	}
	if err != nil {
		return nil, fmt.Errorf("not a whole %s file (%w): get it again",
			strings.ToUpper(strings.TrimPrefix(kind, "image/")), err)
	}
	if o, ok := decoded.(interface{ Opaque() bool }); ok && !o.Opaque() {
		return nil, errors.New("parts of it are transparent, which no colour stands for: convert it")
	}
	return decoded, nil
}

// kindOf is the media type of a file, by its first bytes.
func kindOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	start := make([]byte, 512)
	n, err := io.ReadFull(f, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	return http.DetectContentType(start[:n]), nil
}

// queue hands out the numbers 0 to n-1 in order, and reports how many are gone.
type queue struct {
	mu      sync.Mutex
	next, n int
	stopped bool
	report  cache.Progress
}

func (q *queue) take() (i int, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped || q.next == q.n {
		return 0, false
	}
	i = q.next
	q.next++
	if q.next%1000 == 0 || q.next == q.n {
		q.report.Tell("reading images", q.next, q.n)
	}
	return i, true
}

func (q *queue) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stopped = true
}
