package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestContributing: the files that CONTRIBUTING.md names are there, and so are the places that a line is added to.
func TestContributing(t *testing.T) {
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(
		"\\]\\(([^)#]+)\\)|`((?:maestro|plots|kernel|notebooks)/[a-z0-9/_.]+)`").FindAllSubmatch(text, -1)
	if len(named) < 15 {
		t.Errorf("%d files are named", len(named))
	}
	for _, m := range named {
		path := filepath.FromSlash(string(m[1]) + string(m[2]))
		if _, err := os.Stat(path); err != nil {
			t.Errorf("CONTRIBUTING.md names %s, which is not there", path)
		}
	}
	for file, function := range map[string]string{
		"maestro/models/named.go": "func named()", "maestro/data/registry.go": "func registry()",
		"maestro/lod/sampler.go":     "func samplers()",
		"maestro/train/optimizer.go": "func optimizers()", "maestro/train/schedule.go": "func schedules()",
		"maestro/cli/cli.go": "type commands struct",
	} {
		source, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil || !regexp.MustCompile(regexp.QuoteMeta(function)).Match(source) {
			t.Errorf("%s has no %q (%v)", file, function, err)
		}
	}
}
