package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
)

// TestCreate: until a file is whole it lies under a name that tells whose it is, and the one before stands; a failure
// leaves that, and nothing beside it.
func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "table.csv")
	if err := atomicfile.Write(path, []byte("before")); err != nil {
		t.Fatal(err)
	}
	expect := func(want string) {
		t.Helper()
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("the file is %q (%v), want %q", text, err, want)
		}
	}
	fill := func(fail error) func(w io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, "after")
			expect("before")
			entries, _ := os.ReadDir(dir)
			if len(entries) != 2 {
				t.Fatalf("while it is written there are %v", entries)
			}
			if of, ok := atomicfile.Unfinished(entries[0].Name()); !ok || of != "table.csv" {
				t.Errorf("%s is of %q, %v", entries[0].Name(), of, ok)
			}
			return errors.Join(err, fail)
		}
	}
	full := errors.New("the disk is full")
	if err := atomicfile.Create(path, fill(full)); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	expect("before")
	if err := atomicfile.Create(path, fill(nil)); err != nil {
		t.Error(err)
	}
	expect("after")
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("there are %v", entries)
	}
	if _, ok := atomicfile.Unfinished("table.csv"); ok {
		t.Error("a finished file is taken for one that is not")
	}
}

// TestSweep: what a killed process left is removed once it is old, and nothing else is.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, age time.Duration) {
		path, then := filepath.Join(dir, name), time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Chtimes(path, then, then)); err != nil {
			t.Fatal(err)
		}
	}
	put(".table.csv123", 2*time.Hour)
	kept := []string{".notes.txt5", ".table.csv456", "table.csv"}
	put(kept[0], 2*time.Hour) // another's
	put(kept[1], 0)           // of one who still writes
	put(kept[2], 2*time.Hour)
	if err := atomicfile.Sweep(dir, func(name string) bool { return name == "table.csv" }, time.Hour); err != nil {
		t.Fatal(err)
	}
	var left []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if !slices.Equal(left, kept) {
		t.Errorf("there are %q, want %q", left, kept)
	}
}
