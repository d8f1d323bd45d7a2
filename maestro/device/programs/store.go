package programs

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Store is the folder of compiled programs, a file each. Any number of processes may use it at once.
type Store struct {
	dir   string
	limit int64 // bytes that the entries may take together
}

// defaultLimit holds some hundred steps of ResNet-18 or a few thousand of LeNet.
const defaultLimit = 1 << 30

// suffix marks an entry, which other programs and people may see in the folder.
const suffix = ".program"

// header begins an entry, before the SHA-256 of the serialised executable and the executable.
const header = "maestro compiled program " + keyVersion + "\n"

// errDamaged is the error of an entry that is not whole, or no entry.
var errDamaged = errors.New("damaged")

// Open makes the folder if it is missing. An entry is code that will be run, so the folder must belong to the user or
// to root and nobody else may write into it.
func Open(dir string) (*Store, error) {
	err := os.MkdirAll(dir, 0o700)
	if err != nil {
		return nil, err
	}
	if err := private(dir); err != nil {
		return nil, err
	}
	return &Store{dir: dir, limit: defaultLimit}, nil
}

func (s *Store) path(key string) string { return filepath.Join(s.dir, key+suffix) }

// load returns an entry's serialised executable; errDamaged, or fs.ErrNotExist.
func (s *Store) load(key string) ([]byte, error) {
	path := s.path(key)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rest, ok := bytes.CutPrefix(text, []byte(header))
	if !ok || len(rest) < sha256.Size {
		return nil, errDamaged
	}
	sum, executable := rest[:sha256.Size], rest[sha256.Size:]
	if got := sha256.Sum256(executable); !bytes.Equal(got[:], sum) {
		return nil, errDamaged
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // the last use, by which evict chooses
	return executable, nil
}

// save stores a serialised executable, and makes room for it.
func (s *Store) save(key string, executable []byte) error {
	if int64(len(executable)) > s.limit {
		return nil
	}
	sum := sha256.Sum256(executable)
	if err := put(s.path(key), slices.Concat([]byte(header), sum[:], executable)); err != nil {
		return err
	}
	return s.evict()
}

// put puts a file in place whole: until the rename nothing of it is seen.
func put(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".part-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// staleAfter is the age at which a temporary file is one that a killed process left.
const staleAfter = time.Hour

// evict removes the entries that were used longest ago, until the rest is within the limit.
func (s *Store) evict() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var kept []fs.FileInfo
	var total int64
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case err != nil: // another process removed it
		case strings.HasPrefix(e.Name(), ".part-") && time.Since(info.ModTime()) > staleAfter:
			_ = os.Remove(filepath.Join(s.dir, e.Name()))
		case strings.HasSuffix(e.Name(), suffix):
			kept, total = append(kept, info), total+info.Size()
		}
	}
	slices.SortFunc(kept, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, oldest := range kept {
		if total <= s.limit {
			break
		}
		if err := os.Remove(filepath.Join(s.dir, oldest.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		total -= oldest.Size()
	}
	return nil
}

// Stats are what a store holds and what it was good for.
type Stats struct {
	Programs int   // entries
	Bytes    int64 // that they take
	Hits     int64 // programs that were loaded in place of compiled
	Misses   int64 // programs that were compiled
}

// The numbers of hits and misses are the sizes of two files that grow by a byte each time: many processes append to one
// file without a lock, and none is lost.
const hitsFile, missesFile = "hits", "misses"

func (s *Store) count(file string) {
	f, err := os.OpenFile(filepath.Join(s.dir, file), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = f.Write([]byte{'.'})
	_ = f.Close()
}

// ReadStats reads a store's figures without making its folder.
func ReadStats(dir string) (Stats, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Stats{}, nil
	}
	var stats Stats
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case err != nil:
		case e.Name() == hitsFile:
			stats.Hits = info.Size()
		case e.Name() == missesFile:
			stats.Misses = info.Size()
		case strings.HasSuffix(e.Name(), suffix):
			stats.Programs, stats.Bytes = stats.Programs+1, stats.Bytes+info.Size()
		}
	}
	return stats, err
}

// String says it in a line.
func (s Stats) String() string {
	return fmt.Sprintf("%d programs, %.1f MB; %d loaded, %d compiled", s.Programs, float64(s.Bytes)/1e6, s.Hits,
		s.Misses)
}
