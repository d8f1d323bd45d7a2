package csvfile_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
)

// TestWriteAppendRead: rows come back as they were written, without the header and without a last line that has no
// end; a file that a write left unfinished is no part of the next one.
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
	if err := csvfile.Read(path, len(header),
		func(row []string) error { rows = append(rows, strings.Join(row, ":")); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows, []string{"1:a,b", "2:c"}) {
		t.Errorf("rows are %q", rows)
	}
	if err := csvfile.Read(path, 3, func([]string) error { return nil }); err == nil ||
		!strings.Contains(err.Error(), "rows.csv, line 1") {
		t.Errorf("another number of fields: error %v", err)
	}
}

// TestRows: rows come back as they were written, of every kind of column, zeros and NaN among them; what was not
// measured has empty cells; and rows that are older than the last column are read.
func TestRows(t *testing.T) {
	type measured struct {
		Loss     float64 `csv:"loss"`
		Examples int     // is no column
	}
	type size struct {
		MACs int64 `csv:"macs"`
	}
	type row struct {
		Step int `csv:"step"`
		size
		Name   string   `csv:"name"`
		MS     float64  `csv:"ms,omitzero"`
		Test   measured `csv:"test_,omitzero"`
		Share  float64  `csv:"share,%.3g"`
		Ranks  []int    `csv:"ranks"`
		Merged []string `csv:"merged"`
		Late   int64    `csv:"late,optional"`
	}
	path := filepath.Join(t.TempDir(), "rows.csv")
	rows := []row{
		{1, size{1 << 60}, "a,b \"c\"", 1. / 3, measured{Loss: 0, Examples: 1}, 0.25, []int{3, 0},
			[]string{"fc1", "fc2"}, 7},
		{2, size{}, "", 0, measured{}, math.Inf(1), nil, nil, 0},
	}
	if err := csvfile.WriteRows(path, rows[:1]); err != nil {
		t.Fatal(err)
	}
	if err := csvfile.AppendRows(path, rows[1:]...); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	const want = "step,macs,name,ms,test_loss,share,ranks,merged,late\n" +
		"1,1152921504606846976,\"a,b \"\"c\"\"\",0.3333333333333333,0,0.25,3 0,fc1 fc2,7\n" + "2,0,,,,+Inf,,,0\n"
	if err != nil || string(text) != want {
		t.Errorf("the file is (%v)\n%swant\n%s", err, text, want)
	}
	if _, err := csvfile.ReadRows[struct {
		Step int `csv:"step"`
	}](path); err == nil || !strings.Contains(err.Error(), "rows.csv, line 1: ") {
		t.Errorf("another number of columns: error %v", err)
	}
	rows[0].Test.Examples = 0
	for _, cut := range []string{"", ",0"} {
		if err := os.WriteFile(path, []byte(strings.TrimSuffix(want, cut+"\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := csvfile.ReadRows[row](path); err != nil || fmt.Sprint(got) != fmt.Sprint(rows) {
			t.Errorf("read back: %v (%v), want %v", got, err, rows)
		}
	}
	for _, broken := range []string{"x,0,,,,1,,,0", "1,0,,,,1,1 x,,0", "1,0,,,,,,,0"} {
		if err := os.WriteFile(path, []byte("header\n"+broken+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := csvfile.ReadRows[row](path); err == nil || !strings.Contains(err.Error(), "rows.csv, line 2: ") {
			t.Errorf("the row %q: error %v", broken, err)
		}
	}
}
