package csvfile_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
)

// TestWriteAppendRead: rows come back as they were written, without the header and without a last line that has no end;
// a file that a write left unfinished is no part of the next one.
func TestWriteAppendRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.csv")
	header := []string{"epoch", "name"}
	if err := os.WriteFile(path+".part", []byte("epoch,name\n7,left\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := csvfile.Write(path, header, [][]string{{"1", "a,b"}}); err != nil {
		t.Fatal(err)
	}
	if err := csvfile.Append(path, header, [][]string{{"2", "c"}}); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("3,cut sh"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	var rows []string
	if err := csvfile.Read(path, len(header), func(row []string) error { rows = append(rows, strings.Join(row, ":")); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows, []string{"1:a,b", "2:c"}) {
		t.Errorf("rows are %q", rows)
	}
	if err := csvfile.Read(path, 3, func([]string) error { return nil }); err == nil || !strings.Contains(err.Error(), "rows.csv, line 1") {
		t.Errorf("another number of fields: error %v", err)
	}
}
