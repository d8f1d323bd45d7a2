package sweep

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
)

// A batch is a file of trials by their names, one line for each job of an array.

func batchFile(s Study, name string) string {
	return filepath.Join(s.Dir, "batches", filepath.Base(name))
}

// WriteBatch writes a batch, and BatchLine reads the line of a job, which counts from 0.
func WriteBatch(s Study, name string, lines [][]string) error {
	var b strings.Builder
	for _, names := range lines {
		fmt.Fprintln(&b, strings.Join(names, " "))
	}
	path := batchFile(s, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(path, []byte(b.String()))
}

// BatchLine are the trials of a job of a batch.
func BatchLine(s Study, name string, line int) ([]string, error) {
	lines, err := ReadBatch(s, name)
	if err != nil {
		return nil, err
	}
	if line < 0 || line >= len(lines) {
		return nil, fmt.Errorf("%s has %d lines, and none of number %d", batchFile(s, name), len(lines), line)
	}
	return lines[line], nil
}

// ReadBatch are the trials of each job of a batch.
func ReadBatch(s Study, name string) (lines [][]string, err error) {
	text, err := os.ReadFile(batchFile(s, name))
	if err != nil {
		return nil, err
	}
	for line := range strings.SplitSeq(strings.TrimRight(string(text), "\n"), "\n") {
		lines = append(lines, strings.Fields(line))
	}
	if len(lines) == 0 {
		err = errors.New(batchFile(s, name) + " is empty")
	}
	return lines, err
}
