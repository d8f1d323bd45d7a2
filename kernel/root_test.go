package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFindRoot: the checkout, or a module that requires it, is found from any folder in it, past modules that lie
// inside it, and not from outside.
func TestFindRoot(t *testing.T) {
	t.Setenv(EnvRoot, "")
	base := t.TempDir()
	files := map[string]string{
		"checkout/go.mod":                 "// A comment.\nmodule " + Module + "\n\ngo 1.26\n",
		"checkout/notebooks/deep/x.ipynb": "",
		"checkout/vendored/go.mod":        "module example.com/inside\n",
		"like/go.mod":                     "module " + Module + "/tools\n",
		"mentions/go.mod":                 "module example.com/other\n\nrequire " + Module + " v1.0.0\n",
		"requires/go.mod": "module example.com/other\n\nrequire (\n\t" + Module +
			"/tools v1.0.0\n)\n// " + Module + " v1.0.0\n",
		"checkout/vendored/further/x.ipynb": "",
	}
	for name, text := range files {
		path := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct{ from, want string }{
		"the checkout itself":              {"checkout", "checkout"},
		"a folder in it":                   {"checkout/notebooks/deep", "checkout"},
		"another module in it":             {"checkout/vendored/further", "checkout"},
		"a folder that is not there":       {"checkout/none/at/all", "checkout"},
		"outside":                          {"", ""},
		"a module whose name begins alike": {"like", ""},
		"a module that requires ours":      {"mentions", "mentions"},
		"a module that requires another":   {"requires", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := FindRoot(filepath.Join(base, test.from))
			if test.want == "" {
				if err == nil {
					t.Fatalf("FindRoot = %s, want an error", got)
				}
				if oneLine(t, err); !strings.Contains(err.Error(), "checkout of "+Module) {
					t.Errorf("the error does not say what is wanted: %v", err)
				}
				return
			}
			if want := filepath.Join(base, test.want); err != nil || got != want {
				t.Errorf("FindRoot = %q, %v; want %q", got, err, want)
			}
		})
	}
}

// TestFindRootNamed: from outside any checkout the one that MAESTRO_ROOT names is used, from inside the one around; a
// name that leads to none is an error from outside.
func TestFindRootNamed(t *testing.T) {
	base := t.TempDir()
	for _, name := range []string{"one", "two"} {
		if err := os.MkdirAll(filepath.Join(base, name, "in"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(base, name, "go.mod"), []byte("module "+Module+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	one, two := filepath.Join(base, "one"), filepath.Join(base, "two")
	for name, test := range map[string]struct{ named, from, want string }{
		"from outside":              {one + "/", base, one},
		"from inside another":       {one, filepath.Join(two, "in"), two},
		"nothing named":             {"", base, ""},
		"a folder of no checkout":   {base, base, ""},
		"a folder in a checkout":    {filepath.Join(one, "in"), base, ""},
		"a relative path":           {"one", base, ""},
		"a wrong name, from inside": {base, one, one},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(EnvRoot, test.named)
			t.Chdir(base)
			got, err := FindRoot(test.from)
			if got != test.want || (err == nil) != (test.want != "") {
				t.Fatalf("FindRoot = %q, %v; want %q", got, err, test.want)
			}
			if err != nil {
				oneLine(t, err)
			}
		})
	}
}

// TestFindRootRelative: from a relative path the checkout's absolute one is found.
func TestFindRootRelative(t *testing.T) {
	got, err := FindRoot(".")
	want, _ := filepath.Abs("..")
	if err != nil || got != want {
		t.Errorf("FindRoot = %q, %v; want %q", got, err, want)
	}
}

// TestLayoutsApart: two checkouts share no folder but the cache, and the same one gets the same folders again.
func TestLayoutsApart(t *testing.T) {
	t.Setenv("MAESTRO_CACHE", t.TempDir())
	folders := func(root string) []string {
		l, err := layoutOf(root)
		if err != nil {
			t.Fatal(err)
		}
		return []string{l.bin(), l.jupyter(), l.gonb()}
	}
	seen := map[string]bool{}
	for _, root := range []string{"/home/a/notebook", "/home/b/notebook"} {
		for i, dir := range folders(root) {
			if seen[dir] {
				t.Errorf("%s of %s is used twice", dir, root)
			}
			if seen[dir] = true; folders(root)[i] != dir {
				t.Errorf("%s of %s is another the second time", dir, root)
			}
		}
	}
}
