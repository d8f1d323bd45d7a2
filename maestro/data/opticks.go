package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/maestro-lod/notebook/maestro/text"
)

// Text is a text for a language model.
type Text struct {
	Name string
	Text string // UTF-8

	// Dir is the folder that it was read from, as an absolute path; "" for a text that is part of the program.
	Dir string

	// Checksum is the SHA-256 of the text, in hex.
	Checksum string
}

// opticks is in the public domain; README.md beside it says more.
//
//go:embed opticks/opticks.txt.gz
var opticks []byte

// Opticks is Isaac Newton's Opticks, 566,000 characters, as part of the program. It lies in no folder, so o.Dir must
// be "".
func Opticks(o Options) (*Text, error) {
	if o.Dir != "" {
		return nil, fmt.Errorf("data-dir is %s: opticks is part of the program and read from no folder, so leave "+
			"data-dir away", o.Dir)
	}
	return newText("opticks", member{"opticks.txt.gz", int64(len(opticks)), func() ([]byte, error) {
		return opticks, nil
	}})
}

// OwnText is the text of a file text.txt, gzipped or not, in a folder text or in the data folder itself.
func OwnText(ctx context.Context, o Options) (*Text, error) {
	from := source{name: "a text of your own", folder: "text", files: []remote{{name: "text.txt.gz"}},
		get: "put text.txt, in UTF-8, into a folder and name it with --data-dir DIR or MAESTRO_DATA=DIR; opticks is part " +
			"of the program and needs no file"}
	paths, err := from.locate(ctx, o)
	if err != nil {
		return nil, err
	}
	files, err := from.open(paths)
	if err != nil {
		return nil, err
	}
	t, err := newText(from.folder, files[0])
	if err != nil {
		return nil, err
	}
	t.Dir = folderOf(paths)
	return t, nil
}

func newText(name string, f member) (*Text, error) {
	content, err := readText(f)
	if err != nil {
		return nil, err
	}
	lines, err := text.Lines(f.name, content)
	if err != nil {
		return nil, err
	}
	whole := strings.Join(lines, "\n")
	if bytes.HasSuffix(content, []byte("\n")) {
		whole += "\n"
	}
	sum := sha256.Sum256([]byte(whole))
	return &Text{Name: name, Text: whole, Checksum: hex.EncodeToString(sum[:])}, nil
}
