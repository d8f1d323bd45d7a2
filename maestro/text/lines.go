package text

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Lines takes a text apart into its lines, without their ends and without a byte-order mark. It is an error that names
// the line if one is not UTF-8; name is the file's, for that.
func Lines(name string, content []byte) ([]string, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	content = bytes.TrimSuffix(content, []byte("\n"))
	if len(content) == 0 {
		return nil, nil
	}
	var lines []string
	for line := range bytes.SplitSeq(content, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if !utf8.Valid(line) {
			return nil,
				fmt.Errorf("%s: line %d is not UTF-8: convert the file first, such as with iconv -t UTF-8, or get "+
					"it again", name, len(lines)+1)
		}
		lines = append(lines, string(line))
	}
	return lines, nil
}
