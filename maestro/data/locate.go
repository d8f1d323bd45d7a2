package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/maestro-lod/notebook/maestro/cache"
)

// source is a data set's files and where they come from.
type source struct {
	name    string   // of the data set, as it is written
	folder  string   // that holds the files, in a data folder
	others  []string // folders in a data folder where other programs put them
	files   []remote // with names that end in .gz where they are published so; they may be unpacked
	archive remote   // holds all the files, where they are published as one; none where its name is ""
	module  goModule // carries the files as they are published; none where its path is ""
	// folders on the web that hold what is published, tried in turn after the module; none where nothing can be downloaded
	mirrors []string
	instead string // what a user can do without the files; may be ""
	// says of what lies in a folder that it is the data set in a form that is not read; may be nil
	foreign func(dir string) string
	get     string // what to do where nothing can be downloaded
}

// locate returns the paths of the files, in their order and all in one folder, and downloads them where it may. Where
// they lie packed together, it returns the path of the archive alone.
func (s source) locate(ctx context.Context, o Options) ([]string, error) {
	if o.Dir != "" {
		paths, ok, err := s.given("data-dir", o.Dir)
		if err == nil && !ok {
			err = fmt.Errorf("data-dir is %s: neither it nor a folder %s in it has %s", o.Dir, s.folder,
				s.either(s.files[0]))
		}
		return paths, err
	}
	looked := "" // where the user thinks that they are
	if dir := os.Getenv("MAESTRO_DATA"); dir != "" {
		if paths, ok, err := s.given("MAESTRO_DATA", dir); ok || err != nil {
			return paths, err
		}
		looked = fmt.Sprintf("MAESTRO_DATA is %s, and %s is not there; ", dir, s.name)
	}
	if o.Remembered != "" {
		if paths, ok, _ := s.given("remembered", o.Remembered); ok {
			return paths, nil
		}
		o.warn(fmt.Sprintf("%s is no longer in %s, where the run read it: looking where it usually lies", s.name,
			o.Remembered))
	}
	folder, err := cache.Dir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(folder, "data", s.folder)
	paths, missing, err := s.in(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read the cache folder: %w; name another with MAESTRO_CACHE=DIR", err)
	}
	if len(missing) == 0 {
		return paths, nil
	}
	if len(s.mirrors) == 0 && s.module.path == "" {
		return nil, fmt.Errorf("%s%s is not on this machine: %s", looked, s.name, s.get)
	}
	if o.NoDownload {
		return nil, fmt.Errorf("%s%s is not on this machine and may not be downloaded: %s",
			looked, s.name, s.byHand(s.published(missing)[0]))
	}
	if looked != "" && o.Warn != nil {
		o.Warn(looked + "it is downloaded into " + dir)
		looked = "" // said
	}
	if err := s.download(ctx, dir, downloader{mirrors: s.mirrors, report: o.Report}); err != nil {
		return nil, fmt.Errorf("%s%w", looked, err)
	}
	paths, _, err = s.in(dir)
	return paths, err
}

// given looks into a folder that the user named; setting is the name of the setting that did. ok is false where none
// of the files is there. Some of them without the others are an error, for files of two folders are never mixed, and
// so are files that seem to be the data set's in a form or under a name that is not read.
func (s source) given(setting, dir string) (paths []string, ok bool, err error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, false, fmt.Errorf("%s is %s: there is no such folder", setting, dir)
	}
	foreign := ""
	for _, inner := range append([]string{s.folder, ""}, s.others...) {
		d := filepath.Join(dir, inner)
		paths, missing, someErr := s.in(d)
		if someErr != nil {
			return nil, false, someErr
		}
		if len(missing) == 0 {
			return paths, true, nil
		}
		if len(missing) < len(s.files) && err == nil {
			err = fmt.Errorf("%s is %s: %s lacks %s, which belongs beside the others there", setting, dir, d,
				s.either(missing[0]))
		}
		if foreign == "" && s.foreign != nil {
			foreign = s.foreign(d)
		}
	}
	if foreign == "" {
		foreign = s.elsewhere(dir)
	}
	switch {
	case foreign == "":
		return nil, false, err
	case err == nil:
		return nil, false, fmt.Errorf("%s is %s: %s", setting, dir, foreign)
	}
	return nil, false, fmt.Errorf("%w; %s", err, foreign)
}

// in looks into one folder for the files, packed or unpacked, and where some are missing for the archive of them all. A
// path is "" where the file is missing.
func (s source) in(dir string) (paths []string, missing []remote, err error) {
	for _, f := range s.files {
		path, err := first(dir, f.names()...)
		if err != nil {
			return nil, nil, err
		}
		if paths = append(paths, path); path == "" {
			missing = append(missing, f)
		}
	}
	if len(missing) > 0 && s.archive.name != "" {
		if path, err := first(dir, s.archive.name); path != "" || err != nil {
			return []string{path}, nil, err
		}
	}
	return paths, missing, nil
}

// first is the path of the first of the names that is a file in the folder, or "".
func first(dir string, names ...string) (string, error) {
	for _, name := range names {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", nil
}

// names are those that a file may have, unpacked too: MNIST's also with a dot, as some programs unpack it.
func (f remote) names() (names []string) {
	for _, name := range []string{f.name, strings.Replace(f.name, "-idx", ".idx", 1)} {
		names = append(names, name, strings.TrimSuffix(name, ".gz"))
	}
	return names
}

// folderOf is the folder of the files that locate found, as an absolute path where there is one.
func folderOf(paths []string) string {
	dir := filepath.Dir(paths[0])
	if absolute, err := filepath.Abs(dir); err == nil {
		return absolute
	}
	return dir
}

// published is what has to be downloaded where files are missing.
func (s source) published(missing []remote) []remote {
	if len(missing) > 0 && s.archive.name != "" {
		return []remote{s.archive}
	}
	return missing
}

// byHand is what a user without a network can do.
func (s source) byHand(f remote) string {
	others := ""
	if s.archive.name == "" {
		others = fmt.Sprintf(" and the others, %d files in all,", len(s.files))
	}
	text := fmt.Sprintf("put %s (SHA-256 %s)%s into a folder and name it with --data-dir DIR or MAESTRO_DATA=DIR",
		f.name, f.sha256, others)
	if s.instead != "" {
		text += ", or " + s.instead
	}
	return text
}

// either names a file in all the ways it may lie there.
func (s source) either(f remote) string {
	if s.archive.name != "" {
		return fmt.Sprintf("%s (or, with all files in it, %s)", f.name, s.archive.name)
	}
	if unpacked := strings.TrimSuffix(f.name, ".gz"); unpacked != f.name {
		return fmt.Sprintf("%s (or unpacked, %s)", f.name, unpacked)
	}
	return f.name
}
