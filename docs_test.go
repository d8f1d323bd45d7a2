package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocs: relative links of the pages lead to what is there, and doc comments cite sections that docs/method.md
// has, which numbers them in order.
func TestDocs(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md") {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
	sections, number, part := map[string]bool{}, 0, 0
	heading := regexp.MustCompile(`(?m)^##(#?) (\S+) (.*)$`)
	for _, m := range heading.FindAllStringSubmatch(read(t, filepath.Join("docs", "method.md")), -1) {
		if part++; m[1] == "" {
			number, part = number+1, 0
		}
		want := fmt.Sprintf("%d.", number)
		if part > 0 {
			want = fmt.Sprintf("%d.%d", number, part)
		}
		if sections[m[3]] = true; m[2] != want {
			t.Errorf("docs/method.md: the section %q has number %s, want %s", m[3], m[2], want)
		}
	}
	// Every mention in a comment must be of a section: "docs/method.md, Ladder".
	cite, cited := regexp.MustCompile(`docs/method\.md(, ([A-Za-z ]+))?`), 0
	err = filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || path == "docs_test.go" {
			return err
		}
		for _, m := range cite.FindAllStringSubmatch(read(t, path), -1) {
			cited++
			found := false
			for heading := range sections {
				found = found || m[2] == heading || strings.HasPrefix(m[2], heading+" ")
			}
			if !found {
				t.Errorf("%s cites %q, and docs/method.md has no such section", path, m[0])
			}
		}
		return nil
	})
	if err != nil || cited == 0 {
		t.Errorf("%d sections are cited (%v)", cited, err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
