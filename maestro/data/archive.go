package data

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
)

// member is a file that lies in a folder or in an archive.
type member struct {
	name string // for errors: its path, or the archive's path and its name there
	size int64
	read func() ([]byte, error) // once only; its errors name the file
}

// open returns the files that locate has found, in their order. Those of an archive are in memory.
func (s source) open(paths []string) ([]member, error) {
	if s.archive.name != "" && filepath.Base(paths[0]) == s.archive.name {
		return s.openArchive(paths[0])
	}
	var files []member
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		files = append(files, member{path, info.Size(), func() ([]byte, error) {
			content, err := os.ReadFile(path)
			if err == nil && int64(len(content)) != info.Size() {
				err = fmt.Errorf("%s: it changed while it was read: run the same command again", path)
			}
			return content, err
		}})
	}
	return files, nil
}

// openArchive reads a gzipped tar file, in whatever order the files lie in it, once it is sure that it is the published
// one.
func (s source) openArchive(archive string) ([]member, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, err
	}
	if found := hex.EncodeToString(sum.Sum(nil)); found != s.archive.sha256 {
		return nil,
			fmt.Errorf("%s: not the published file: its SHA-256 is %s, not %s; delete it and get it again from %s",
				archive, found, s.archive.sha256, s.address(s.archive))
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	contents, err := untar(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", archive, err)
	}
	var files []member
	for _, want := range s.files {
		content, ok := contents[want.name]
		if !ok {
			return nil, fmt.Errorf("%s: it lacks %s", archive, want.name)
		}
		delete(contents, want.name)
		files = append(files, member{archive + ": " + want.name, int64(len(content)), func() ([]byte, error) {
			given := content
			content = nil // so that its memory is free once it was used
			return given, nil
		}})
	}
	return files, nil
}

// unpack writes the files of an archive into a folder. Until one is whole it lies under another name.
func (s source) unpack(archive, dir string) error {
	files, err := s.openArchive(archive)
	if err != nil {
		return err
	}
	for i, f := range files {
		content, err := f.read()
		if err != nil {
			return err
		}
		if err := place(filepath.Join(dir, s.files[i].name), content); err != nil {
			return err
		}
	}
	return nil
}

// place writes a file whole, or not at all.
func place(path string, content []byte) error {
	if err := atomicfile.Write(path, content); err != nil {
		return disk{err}
	}
	return nil
}

// untar reads the regular files of a gzipped tar file, by their names without folders.
func untar(f io.Reader) (map[string][]byte, error) {
	r, err := unpacked(f)
	if err != nil {
		return nil, err
	}
	contents := map[string][]byte{}
	for members := tar.NewReader(r); ; {
		head, err := members.Next()
		if errors.Is(err, io.EOF) {
			return contents, nil
		}
		if err != nil {
			return nil, err
		}
		if head.Typeflag != tar.TypeReg {
			continue
		}
		content := make([]byte, head.Size)
		if _, err := io.ReadFull(members, content); err != nil {
			return nil, fmt.Errorf("%s: %w", head.Name, err)
		}
		contents[path.Base(head.Name)] = content
	}
}

// address is where a file is published.
func (s source) address(f remote) string {
	return strings.TrimSuffix(s.mirrors[0], "/") + "/" + f.name
}
