package folderlock_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/folderlock"
)

// TestOneHolder: of many that want a folder at a time one has it, in one process too; each of the others is told who,
// and once it is given free the next has it, with nothing left in the folder.
func TestOneHolder(t *testing.T) {
	dir := t.TempDir()
	for range 20 {
		var wait sync.WaitGroup
		got := make(chan *folderlock.Lock, 8)
		for range cap(got) {
			wait.Go(func() {
				l, err := folderlock.Take(dir, "training", nil)
				var used *folderlock.InUse
				if err != nil && (!errors.As(err, &used) || strings.Contains(err.Error(), "\n")) {
					t.Errorf("error is %v, want one line of an InUse", err)
				}
				if err == nil {
					got <- l
				}
			})
		}
		wait.Wait()
		if len(got) != 1 {
			t.Fatalf("%d hold the folder", len(got))
		}
		_, err := folderlock.Take(dir, "compressing", nil)
		if err == nil || !strings.Contains(err.Error(), dir+" is in use in this process already (training, since ") {
			t.Errorf("error is %v", err)
		}
		(<-got).Release()
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Fatalf("%v is left", left)
		}
	}
}

// TestEndsWithItsProcess: another process that holds the folder is named; killed, it holds it no longer.
func TestEndsWithItsProcess(t *testing.T) {
	if dir := os.Getenv("FOLDERLOCK_HOLD"); dir != "" {
		_, err := folderlock.Take(dir, "training", nil)
		fmt.Println("held:", err)
		select {}
	}
	dir := t.TempDir()
	other := exec.Command(os.Args[0], "-test.run=TestEndsWithItsProcess$")
	other.Env = append(os.Environ(), "FOLDERLOCK_HOLD="+dir)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held: <nil>\n" {
		t.Fatalf("the other process: %q, %v", line, err)
	}
	host, _ := os.Hostname()
	want := fmt.Sprintf("%s is in use: process %d on %s is training there since 20", dir, other.Process.Pid, host)
	if _, err := folderlock.Take(dir, "training", nil); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error is %v, want %q", err, want)
	}
	_ = other.Process.Kill()
	_ = other.Wait()
	l, err := folderlock.Take(dir, "training", nil)
	if err != nil {
		t.Fatalf("after it was killed: %v", err)
	}
	l.Release()
}

// TestMovedFolder: a folder that is held is found where it is moved to, also with its parent and where another has
// taken its place; one that was removed is an error.
func TestMovedFolder(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells where an open folder is")
	}
	parent, _ := filepath.EvalSymlinks(t.TempDir())
	at := func(name string) string { return filepath.Join(parent, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(at("a/run"), 0o755))
	l, err := folderlock.Take(at("a/run"), "training", nil)
	must(err)
	defer l.Release()
	for _, c := range []struct{ from, to, run string }{{"a/run", "a/moved", "a/moved"}, {"a", "b", "b/moved"}} {
		must(os.Rename(at(c.from), at(c.to)))
		must(os.MkdirAll(at(c.from), 0o755))
		if got, err := l.Dir(); err != nil || got != at(c.run) {
			t.Errorf("%s moved to %s: found at %q (%v)", c.from, c.to, got, err)
		}
	}
	must(os.RemoveAll(at("b")))
	if got, err := l.Dir(); err == nil || !strings.Contains(err.Error(), "is no longer there") {
		t.Errorf("removed: found at %q (%v)", got, err)
	}
}

// TestReadOnlyFolder: it cannot be held, and the error says why.
func TestReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Create(filepath.Join(dir, "x")); err == nil {
		f.Close()
		t.Skip("this user may write everywhere")
	}
	if _, err := folderlock.Take(dir, "training", nil); err == nil ||
		!strings.Contains(err.Error(), "cannot write into "+dir) {
		t.Errorf("error is %v", err)
	}
}
