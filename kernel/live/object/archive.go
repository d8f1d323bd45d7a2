package object

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const archiveMagic = "!<arch>\n"

// member is a file of an archive.
type member struct {
	header string // the 48 bytes before its size
	body   []byte
}

func (m member) name() string { return strings.TrimRight(m.header[:16], " /") }

// exports tells whether the member is a package's export data.
func (m member) exports() bool { return m.name() == "__.PKGDEF" }

// goObject tells whether the member is an object file of Go's; a package with C has others.
func (m member) goObject() bool { return !m.exports() && bytes.HasPrefix(m.body, []byte("go object ")) }

// object is the member's object file, and the lines of text before it.
func (m member) object() (preamble string, o *file, err error) {
	const end = "\n!\n"
	i := bytes.Index(m.body, []byte(end))
	if i < 0 {
		return "", nil, errors.New("an object file has no end of its header")
	}
	o, err = parse(m.body[i+len(end):])
	return string(m.body[:i+len(end)]), o, err
}

func readArchive(b []byte) ([]member, error) {
	rest, ok := bytes.CutPrefix(b, []byte(archiveMagic))
	if !ok {
		return nil, errors.New("no archive of Go's")
	}
	var members []member
	for len(rest) > 0 {
		const header = 60
		if len(rest) < header {
			return nil, errors.New("an archive is cut short")
		}
		size, err := strconv.Atoi(strings.TrimSpace(string(rest[48:58])))
		if err != nil || size < 0 || size > len(rest)-header {
			return nil, fmt.Errorf("an archive has a member of size %q", rest[48:58])
		}
		members = append(members, member{string(rest[:48]), rest[header : header+size]})
		rest = rest[min(header+size+size&1, len(rest)):]
	}
	return members, nil
}

func writeArchive(members []member) []byte {
	out := []byte(archiveMagic)
	for _, m := range members {
		out = fmt.Appendf(out, "%s%-10d`\n", m.header, len(m.body))
		out = append(out, m.body...)
		if len(m.body)&1 == 1 {
			out = append(out, 0)
		}
	}
	return out
}
