package kernel

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNothingIsWritten: where all is set up, another set-up and a run of a notebook leave the cache folder as it is,
// which may be one that nobody may write to, and the set-up says nothing.
func TestNothingIsWritten(t *testing.T) {
	setup := prepared(t)
	before := files(t, setup.layout)
	said := []string{}
	again, err := Prepare(t.Context(), setup.Root(), func(what string, _, _ int) { said = append(said, what) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Run(t.Context(), writeNotebook(t, "x.ipynb", "%%\nprintln(1)"),
		RunOptions{Out: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, files(t, setup.layout)); diff != "" {
		t.Errorf("the set-up's files (-before +after):\n%s", diff)
	}
	if len(said) > 0 {
		t.Errorf("the set-up said %q", said)
	}
}

// files lists what lies in a set-up's folders, with what changes when it is written.
func files(t *testing.T, l layout) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, dir := range []string{l.bin(), l.jupyter(), l.gonb()} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err == nil {
				found[path] = fmt.Sprint(info.Size(), info.ModTime())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// TestSources: a change of what the programs are built from is one of the checkout, and a change of what they are not
// is none.
func TestSources(t *testing.T) {
	l := layout{root: t.TempDir()}
	put := func(name, text string) string {
		t.Helper()
		path := filepath.Join(l.root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		sum, err := sourcesOf(l.root)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	now := put("main.go", "package main")
	for _, name := range []string{"main_test.go", "notebooks/x.ipynb", "README.md", ".git/x.go",
		"runs/first/config.yaml", "runs/first/labels.txt", "p/testdata/x.go", "figures-out/pca.svg"} {
		if sum := put(name, "any"); sum != now {
			t.Errorf("%s is taken for a source", name)
		}
	}
	for _, name := range []string{"main.go", "go.mod", "p/p.go", "p/run.py", "p/gonb/stdin.go.txt"} {
		sum := put(name, "any")
		if sum == now {
			t.Errorf("%s is not taken for a source", name)
		}
		now = sum
	}
}

// TestDamagedSetup: a set-up is not complete where a program has been cut short since, or its stamp is of other
// sources.
func TestDamagedSetup(t *testing.T) {
	setup := prepared(t)
	wanted, err := setup.layout.wanted(t.Context(), setup.python)
	if err != nil || !setup.layout.complete(wanted) {
		t.Fatalf("the set-up is not complete: %v", err)
	}
	for name, other := range map[string]string{
		"other sources":     strings.Replace(wanted, "sources ", "sources 0", 1),
		"another toolchain": strings.Replace(wanted, "go1.", "go9.", 1),
		"a short program":   strings.Replace(wanted, "gonb ", "gonb 1", 1),
	} {
		if other == wanted || setup.layout.complete(other) {
			t.Errorf("with %s the set-up counts as complete", name)
		}
	}
}
