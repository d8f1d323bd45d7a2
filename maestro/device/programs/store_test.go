package programs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "programs"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStoreGivesBackWhatItTook(t *testing.T) {
	s, want := open(t), bytes.Repeat([]byte("native code\n"), 1000)
	if _, err := s.load("k"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an entry that is not there: %v", err)
	}
	if err := s.save("k", want); err != nil {
		t.Fatal(err)
	}
	got, err := s.load("k")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of %d came back, error %v", len(got), len(want), err)
	}
}

// Any entry but the one that was stored is damaged: cut at any place, with any bit turned, or of another form.
func TestStoreKnowsDamage(t *testing.T) {
	s := open(t)
	if err := s.save("k", []byte("native code")); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(s.path("k"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := [][]byte{[]byte("not an entry"), append(bytes.Clone(whole), 0)}
	for i := range whole {
		turned := bytes.Clone(whole)
		turned[i] ^= 1
		damaged = append(damaged, whole[:i], turned)
	}
	for _, text := range damaged {
		if err := os.WriteFile(s.path("k"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.load("k"); !errors.Is(err, errDamaged) {
			t.Fatalf("%d bytes, %.40q…: %v", len(text), text, err)
		}
	}
}

func TestStoreKeepsWhatWasUsedLast(t *testing.T) {
	s := open(t)
	entry := make([]byte, 1000)
	s.limit = 3500
	for i := range 3 {
		if err := s.save(fmt.Sprint(i), entry); err != nil {
			t.Fatal(err)
		}
		long := time.Now().Add(-time.Duration(10-i) * time.Hour)
		if err := os.Chtimes(s.path(fmt.Sprint(i)), long, long); err != nil {
			t.Fatal(err)
		}
	}
	stale := filepath.Join(s.dir, ".part-killed")
	if err := errors.Join(os.WriteFile(stale, nil, 0o600),
		os.Chtimes(stale, time.Time{}, time.Now().Add(-2*staleAfter))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.load("0"); err != nil { // the oldest is used again
		t.Fatal(err)
	}
	if err := s.save("new", entry); err != nil {
		t.Fatal(err)
	}
	for key, kept := range map[string]bool{"0": true, "1": false, "2": true, "new": true} {
		if _, err := s.load(key); (err == nil) != kept {
			t.Errorf("entry %s: %v", key, err)
		}
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("what a killed process left is still there")
	}
	if err := s.save("huge", make([]byte, 4000)); err != nil {
		t.Error(err)
	}
	if stats, err := ReadStats(s.dir); err != nil || stats.Programs != 3 {
		t.Errorf("%+v, %v: one that does not fit removed others", stats, err)
	}
}

func TestStoreIsSharedByManyWriters(t *testing.T) {
	s := open(t)
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			want := bytes.Repeat([]byte{'x'}, 5000)
			for range 50 {
				if err := s.save("k", want); err != nil {
					t.Error(w, err)
				}
				if got, err := s.load("k"); err != nil || !bytes.Equal(got, want) {
					t.Error(w, len(got), err)
				}
				s.count(hitsFile)
			}
		})
	}
	all.Wait()
	if stats, err := ReadStats(s.dir); err != nil || stats.Hits != 400 || stats.Programs != 1 || stats.Bytes < 5000 {
		t.Errorf("%+v, %v; want one entry and 400 hits", stats, err)
	}
}

func TestStoreRefusesAFolderOthersMayWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "programs")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("error %v, want one with what mends it", err)
	}
}
