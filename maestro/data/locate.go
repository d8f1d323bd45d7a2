package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// source is a data set's files and where they come from.
type source struct {
	name    string   // of the data set, and in lower case of its folder in a data folder
	files   []remote // as published: gzipped, with names that end in .gz
	mirrors []string // folders on the web that hold them all, tried in turn
}

func (s source) folder() string { return strings.ToLower(s.name) }

// locate returns the paths of the files, in their order and all in one folder, and downloads them where it may.
func (s source) locate(ctx context.Context, o Options) ([]string, error) {
	if o.Dir != "" {
		paths, ok, err := s.given("data-dir", o.Dir)
		if err == nil && !ok {
			err = fmt.Errorf("data-dir is %s: neither it nor a folder %s in it has %s", o.Dir, s.folder(), either(s.files[0]))
		}
		return paths, err
	}
	if dir := os.Getenv("MAESTRO_DATA"); dir != "" {
		if paths, ok, err := s.given("MAESTRO_DATA", dir); ok || err != nil {
			return paths, err
		}
	}
	cache, err := pyenv.CacheDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "data", s.folder())
	paths, missing, err := s.in(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read the cache folder: %w; name another with MAESTRO_CACHE=DIR", err)
	}
	if len(missing) == 0 {
		return paths, nil
	}
	if o.NoDownload {
		return nil, fmt.Errorf("%s is not on this machine and may not be downloaded: %s", s.name, s.byHand(missing[0]))
	}
	if err := s.download(ctx, dir, downloader{mirrors: s.mirrors, report: o.Report}); err != nil {
		return nil, err
	}
	paths, _, err = s.in(dir)
	return paths, err
}

// given looks into a folder that the user named; setting is the name of the setting that did. ok is false where none of
// the files is there. Some of them without the others are an error: files of two folders are never mixed.
func (s source) given(setting, dir string) (paths []string, ok bool, err error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, false, fmt.Errorf("%s is %s: there is no such folder", setting, dir)
	}
	for _, d := range []string{filepath.Join(dir, s.folder()), dir} {
		paths, missing, someErr := s.in(d)
		if someErr != nil {
			return nil, false, someErr
		}
		if len(missing) == 0 {
			return paths, true, nil
		}
		if len(missing) < len(s.files) && err == nil {
			err = fmt.Errorf("%s is %s: %s lacks %s, which belongs beside the others there", setting, dir, d, either(missing[0]))
		}
	}
	return nil, false, err
}

// in looks into one folder for the files, packed or unpacked. A path is "" where the file is missing.
func (s source) in(dir string) (paths []string, missing []remote, err error) {
	for _, f := range s.files {
		path := ""
		for _, name := range []string{f.name, strings.TrimSuffix(f.name, ".gz")} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, nil, err
			}
			if err == nil && info.Mode().IsRegular() {
				path = filepath.Join(dir, name)
				break
			}
		}
		if paths = append(paths, path); path == "" {
			missing = append(missing, f)
		}
	}
	return paths, missing, nil
}

// byHand is what a user without a network can do.
func (s source) byHand(f remote) string {
	return fmt.Sprintf("put %s (SHA-256 %s) and the others, %d files in all, into a folder and name it with --data-dir DIR or MAESTRO_DATA=DIR",
		f.name, f.sha256, len(s.files))
}

func either(f remote) string {
	return fmt.Sprintf("%s (or unpacked, %s)", f.name, strings.TrimSuffix(f.name, ".gz"))
}
