// Package csvfile reads and writes CSV files with a header that may be read, or cut short, while they are written.
package csvfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
)

// Read gives every row after the header, each of so many fields; -1 leaves that to row. A last line without its end
// is one that is being written, and left out. Errors name the file and the line.
func Read(path string, fields int, row func(record []string) error) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	reader := csv.NewReader(bytes.NewReader(text[:bytes.LastIndexByte(text, '\n')+1]))
	reader.FieldsPerRecord = fields
	for line := 1; ; line++ {
		record, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil && line > 1 {
			err = row(record)
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", path, line, err)
		}
	}
}

// Write replaces a file as a whole, or leaves it as it was.
func Write(path string, header []string, rows [][]string) error {
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(append([][]string{header}, rows...)); err != nil {
		return err
	}
	return atomicfile.Write(path, text.Bytes())
}

// Append adds rows to a file, with the header where the file is new.
func Append(path string, header []string, rows [][]string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if info.Size() == 0 {
		rows = append([][]string{header}, rows...)
	}
	return errors.Join(csv.NewWriter(f).WriteAll(rows), f.Close())
}
