package data

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// manyFiles is how many files or folders of a folder are looked at for what they may be. A data folder has fewer; one
// with more, such as a home folder, is not worth the time.
const manyFiles = 200

// elsewhere says which folder of a data folder has all the files under a name of its own.
func (s source) elsewhere(dir string) string {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries[:min(len(entries), manyFiles)] {
		inner := filepath.Join(dir, e.Name())
		if !isFolder(inner) {
			continue
		}
		if _, missing, err := s.in(inner); err == nil && len(missing) == 0 {
			return fmt.Sprintf("%s has the files of %s: name that folder, or call it %s", inner, s.name, s.folder)
		}
	}
	return ""
}

// regularFiles are the names of a folder's files that have none of the data set's own names.
func (s source) regularFiles(dir string) (found []string) {
	own := []string{s.archive.name}
	for _, f := range s.files {
		own = append(own, f.names()...)
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if len(found) == manyFiles {
			break
		}
		if info, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && info.Mode().IsRegular() &&
			!slices.Contains(own, e.Name()) {
			found = append(found, e.Name())
		}
	}
	return found
}

// foreignDigits finds idx files of digits by their contents, and Keras's form of MNIST by its name.
func foreignDigits(dir string) string {
	for _, name := range mnistSource().regularFiles(dir) {
		path := filepath.Join(dir, name)
		if name == "mnist.npz" {
			return fmt.Sprintf(
				"%s is Keras's form of MNIST; the publisher's, which is read, is %s and three more files",
				path, mnistSource().files[0].name)
		}
		kind, items, ok := sniffIDX(path)
		if !ok {
			continue
		}
		var names []string
		for i, f := range mnistSource().files {
			// The published numbers of examples tell training files from test files.
			if (i%2 == 1) == (kind.magic == idxLabels.magic) && (i < 2 && items != 10_000 || i >= 2 &&
				items != 60_000) {
				names = append(names, strings.TrimSuffix(f.name, ".gz"))
			}
		}
		return fmt.Sprintf("%s holds %d %s of MNIST's form: call it %s, with .gz behind it if it is packed",
			path, items, kind.what, strings.Join(names, " or "))
	}
	return ""
}

// sniffIDX reads the header of a file that may be an idx file of MNIST's form.
func sniffIDX(path string) (kind idxKind, items int, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return kind, 0, false
	}
	defer f.Close()
	r, err := unpacked(f)
	if err != nil {
		return kind, 0, false
	}
	head := make([]byte, 16)
	if n, _ := io.ReadFull(r, head); n < len(head) {
		return kind, 0, false
	}
	number := func(i int) int { return int(binary.BigEndian.Uint32(head[4*i:])) }
	switch uint32(number(0)) {
	case idxLabels.magic:
		return idxLabels, number(1), true
	case idxImages.magic:
		return idxImages, number(1), number(2) == idxImages.item[0] && number(3) == idxImages.item[1]
	}
	return kind, 0, false
}

// foreignBatches finds the versions of CIFAR-10 that are not read, and the one that is under other names.
func foreignBatches(dir string) string {
	s := cifarSource()
	version := func(name, which string) string {
		return fmt.Sprintf("%s is %s; the binary one is %s, from %s", filepath.Join(dir, name), which, s.archive.name,
			s.address(s.archive))
	}
	for _, name := range s.regularFiles(dir) {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		switch {
		case name == "data_batch_1" || strings.HasPrefix(name, "cifar-10-python."):
			return version(name, "the Python version")
		case name == "data_batch_1.mat" || strings.HasPrefix(name, "cifar-10-matlab."):
			return version(name, "the Matlab version")
		case strings.HasPrefix(name, "cifar-100-"):
			return version(name, "CIFAR-100, not CIFAR-10")
		case info.Size() == s.archive.size:
			return fmt.Sprintf("%s has the size of %s: call it that", path, s.archive.name)
		case strings.HasSuffix(name, ".bin") && info.Size() > 0 && info.Size()%cifarRecord == 0:
			return fmt.Sprintf("%s is of the form of CIFAR-10's binary version: call it data_batch_1.bin to "+
				"data_batch_5.bin or test_batch.bin, as it was published",
				path)
		}
	}
	return ""
}

// notUnpacked finds the archive of Tiny ImageNet.
func notUnpacked(dir string) string {
	for _, name := range tinySource().regularFiles(dir) {
		if strings.HasPrefix(name, "tiny-imagenet") && strings.HasSuffix(name, ".zip") {
			return fmt.Sprintf("%s is not unpacked: unpack it there", filepath.Join(dir, name))
		}
	}
	return ""
}
