package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadNotebook: what is no notebook is named with what it is, in one line; a notebook of before format 4 is one.
func TestReadNotebook(t *testing.T) {
	dir := t.TempDir()
	tests := map[string]struct{ text, want string }{
		"empty": {"", "is empty"},
		"blank": {"\n \n", "is empty"},
		"text":  {"# Title\n", "is not JSON"},
		"cut short": {"{\"nbformat\": 4,\n\"cells\": [\n{",
			"is not JSON (unexpected end of JSON input, in line 3)"},
		"a list":             {"[]", "is no notebook: it is array in JSON"},
		"a number":           {"5", "is no notebook"},
		"null":               {"null", "without cells"},
		"without cells":      {`{"nbformat": 4, "metadata": {}}`, "without cells"},
		"without format":     {`{"cells": []}`, "without the notebook's format"},
		"cells of text":      {`{"nbformat": 4, "cells": ["a"]}`, "its cells is string in JSON"},
		"a source of number": {`{"nbformat": 4, "cells": [{"cell_type": "code", "source": 5}]}`, "is no notebook"},
		"no cell":            {`{"nbformat": 4, "cells": []}`, ""},
		"worksheets":         {`{"nbformat": 3, "worksheets": []}`, ""},
	}
	for name, test := range tests {
		path := filepath.Join(dir, name+".ipynb")
		if err := os.WriteFile(path, []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := readNotebook(path)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q in it", name, err, test.want)
			continue
		}
		oneLine(t, err)
	}
}

// TestCheckFiles: two notebooks that would write the same files are both named before anything runs, and so is one
// that lacks a parameter; others may run.
func TestCheckFiles(t *testing.T) {
	a, b := writeNotebook(t, "x.ipynb", "%%"), writeNotebook(t, "x.ipynb", "%%")
	with := writeCells(t, "with.ipynb", bookCell{source: "var n = 1", tags: []string{parametersTag}})
	tests := map[string]struct {
		files, set []string
		want       []string
	}{
		"two of a name":          {[]string{a, with, b}, nil, []string{a, b, "--out"}},
		"one twice":              {[]string{a, a}, nil, []string{a, "twice"}},
		"one by two paths":       {[]string{a, filepath.Dir(a) + "/./x.ipynb"}, nil, []string{a}},
		"different names":        {[]string{a, with}, nil, nil},
		"one without parameters": {[]string{with, a}, []string{"n=2"}, []string{a, "has no parameters"}},
		"one that is not there":  {[]string{a, "none.ipynb"}, nil, nil}, // Run tells of it, and runs the others
	}
	for name, test := range tests {
		err := RunOptions{Out: "o", Parameters: test.set}.CheckFiles(test.files)
		if (err == nil) != (test.want == nil) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, without %q", name, err, want)
			}
			oneLine(t, err)
		}
	}
}
