package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// idxKind is what an idx file is expected to hold. The format: a magic number, whose last byte is the number of
// dimensions, each dimension's size, then the values; numbers in the header are big-endian, of four bytes.
type idxKind struct {
	what  string // in the plural
	magic uint32
	item  []int // the dimensions behind the first, which is the number of items
}

var (
	idxImages = idxKind{what: "images", magic: 0x803, item: []int{28, 28}} // bytes in three dimensions
	idxLabels = idxKind{what: "labels", magic: 0x801}                      // bytes in one
)

// idxFile is a decoded file of 1 or more items.
type idxFile struct {
	name  string
	items int
	data  []byte // [items, item…]
	whole []byte // the file as it is unpacked: header and data
}

// readIDX reads an idx file, gzipped or not, whatever its name says. Its errors name the file.
func readIDX(f member, kind idxKind) (idxFile, error) {
	content, err := f.read()
	if err != nil {
		return idxFile{}, err
	}
	file, err := kind.read(bytes.NewReader(content))
	if err != nil {
		return idxFile{}, fmt.Errorf("%s: %w", f.name, err)
	}
	file.name = f.name
	return file, nil
}

func (k idxKind) read(f io.Reader) (file idxFile, err error) {
	r, err := unpacked(f)
	if err != nil {
		return file, err
	}
	head := make([]byte, 4+4*(1+len(k.item)))
	n, err := io.ReadFull(r, head)
	if n >= 4 {
		if err := k.checkMagic(binary.BigEndian.Uint32(head)); err != nil {
			return file, err
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return file, fmt.Errorf("cut short: %d bytes, and the header of an idx file of %s has %d", n, k.what, len(head))
	}
	if err != nil {
		return file, err
	}

	var dims []int
	for i := 4; i < len(head); i += 4 {
		dims = append(dims, int(binary.BigEndian.Uint32(head[i:])))
	}
	if dims[0] == 0 {
		return file, fmt.Errorf("it holds no %s", k.what)
	}
	size := 1
	if len(k.item) > 0 { // images; the size is checked before it is multiplied, or a damaged header overflows
		if !slices.Equal(dims[1:], k.item) {
			return file, fmt.Errorf("its images are of %d×%d pixels, not %d×%d", dims[1], dims[2], k.item[0], k.item[1])
		}
		size = k.item[0] * k.item[1]
	}

	want := int64(dims[0]) * int64(size)
	whole := bytes.NewBuffer(head)
	whole.Grow(int(min(want, 64<<20)) + bytes.MinRead) // a damaged header may announce far more than there is
	got, err := whole.ReadFrom(io.LimitReader(r, want+1))
	switch {
	case err != nil:
		return file, err
	case got < want:
		return file, fmt.Errorf("cut short: %d whole %s where the header announces %d (%d of %d bytes)",
			got/int64(size), k.what, dims[0], got, want)
	case got > want:
		return file, fmt.Errorf("there are more bytes behind the %d %s that the header announces", dims[0], k.what)
	}
	return idxFile{items: dims[0], data: whole.Bytes()[len(head):], whole: whole.Bytes()}, nil
}

func (k idxKind) checkMagic(found uint32) error {
	if found == k.magic {
		return nil
	}
	hint := ""
	for _, other := range []idxKind{idxImages, idxLabels} {
		if found == other.magic {
			hint = fmt.Sprintf(": it is that of %s, so the files of images and of labels seem mixed up", other.what)
		}
	}
	return fmt.Errorf("magic number 0x%08x, but an idx file of %s starts with 0x%08x%s", found, k.what, k.magic, hint)
}

// unpacked reads through gzip if that is what the bytes are: browsers unpack a file and leave it its name.
func unpacked(f io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(f, 1<<16)
	if start, _ := buffered.Peek(2); !bytes.Equal(start, []byte{0x1f, 0x8b}) {
		return buffered, nil // also a file too short to say, or one that cannot be read
	}
	packed, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, damage{err}
	}
	return gunzip{packed}, nil
}

// gunzip tells a damaged gzip file from a well-packed one whose contents are too short.
type gunzip struct{ r *gzip.Reader }

func (g gunzip) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if err != nil && err != io.EOF {
		err = damage{err}
	}
	return n, err
}

// damage does not unwrap: the end of a gzip stream cut short is not the end of the file inside.
type damage struct{ err error }

func (d damage) Error() string {
	return fmt.Sprintf("the gzip file is cut short or damaged (%v): delete it and get it again", d.err)
}
