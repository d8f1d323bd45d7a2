package object

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// archives are those of packages, as the go command has compiled them.
func archives(t *testing.T, paths ...string) map[string][]byte {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-export", "-f", "{{.ImportPath}} {{.Export}}"},
		paths...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		if found[path], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// objects are the object files of an archive.
func objects(t *testing.T, archive []byte) (files []*file) {
	t.Helper()
	members, err := readArchive(archive)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		if m.goObject() {
			_, f, err := m.object()
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
	}
	return files
}

// TestHollow: every symbol that others refer to by its number is there under its name; functions and variables have no
// content, types have theirs; and what symbols refer to is what they referred to.
func TestHollow(t *testing.T) {
	for path, archive := range archives(t, "runtime", "strings", "math", "encoding/json") {
		hollow, err := Hollow(path, archive)
		if err != nil {
			t.Fatal(err)
		}
		if len(hollow)*3 > len(archive) {
			t.Errorf("%s: %d bytes are left of %d", path, len(hollow), len(archive))
		}
		whole, left := objects(t, archive), objects(t, hollow)
		if len(whole) != len(left) {
			t.Fatalf("%s has %d object files, %d had been there", path, len(left), len(whole))
		}
		for n, f := range whole {
			h := left[n]
			before, after := f.block[blockDefs], h.block[blockDefs]
			if len(before) != len(after) {
				t.Fatalf("%s: %d symbols by number are left of %d", path, len(after)/sizeSymbol, len(before)/sizeSymbol)
			}
			for i := range len(before) / sizeSymbol {
				was, is := symbol(before[i*sizeSymbol:]), symbol(after[i*sizeSymbol:])
				name := string(f.text(was))
				if name != string(h.text(is)) || was.abi() != is.abi() {
					t.Fatalf("%s: symbol %d is %s, was %s", path, i, h.text(is), name)
				}
				stays := name == "" || strings.HasPrefix(name, "type:") || strings.HasSuffix(name, "..inittask")
				if (was.isText() || was.isData()) && !stays &&
					(is.kind() != kindFuzz || len(h.data(i))+len(h.relocs(i)) > 0) {
					t.Errorf("%s: %s is not hollow", path, name)
				}
			}
			types := contents(f)
			for name, content := range contents(h) {
				if types[name] != content {
					t.Errorf("%s: %s is\n%s\nand was\n%s", path, name, content, types[name])
				}
			}
			if n == 0 && len(contents(h)) == 0 {
				t.Errorf("%s has no types left", path)
			}
		}
	}
}

// contents are the types that a file defines: their bytes, and the names of what they refer to.
func contents(f *file) map[string]string {
	found := map[string]string{}
	_, _, first, end := f.firsts()
	symbols := append(f.defined(), f.block[blockOtherRefs]...)
	for i := first; i < end; i++ {
		name := string(f.text(symbols[i*sizeSymbol:]))
		if !strings.HasPrefix(name, "type:") || symbol(symbols[i*sizeSymbol:]).isText() {
			continue
		}
		text := string(f.data(i))
		for r := range chunks(f.relocs(i), sizeReloc) {
			if le.Uint32(r[15:]) == pkgOther {
				text += " " + string(f.text(symbols[(first+int(le.Uint32(r[19:])))*sizeSymbol:]))
			}
		}
		found[name] = text
	}
	return found
}

// TestForeignFiles: what is no archive or object file of this Go's is an error, and no panic.
func TestForeignFiles(t *testing.T) {
	archive := archives(t, "errors")["errors"]
	at := bytes.Index(archive, []byte(magic))
	for name, bad := range map[string][]byte{
		"nothing":     nil,
		"text":        []byte("package p\n"),
		"cut short":   archive[:len(archive)-100],
		"another Go":  bytes.Replace(archive, []byte(magic), []byte("\x00go199ld"), 1),
		"wrong place": append(append(append([]byte{}, archive[:at+20]...), 0xff, 0xff, 0xff, 0xff), archive[at+24:]...),
	} {
		if _, err := Hollow("errors", bad); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: hollow without a line that says why not: %v", name, err)
		}
		if _, err := KeepOwn("errors", bad, nil); err == nil {
			t.Errorf("%s: kept", name)
		}
	}
	if _, err := KeepOwn("other", archive, nil); err == nil {
		t.Error("a package that is not initialised is kept whole")
	}
	if _, err := Undefine([]byte("\x7fELF")); err == nil {
		t.Error("four bytes are taken for an object file")
	}
}
