package data_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
)

// TestOpticks holds the embedded text: its checksum is in the config.yaml of every run on it, so it never changes.
func TestOpticks(t *testing.T) {
	text, err := data.Opticks(data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const sum = "2c6cf12042a452d378d82df6ea3fe05e9056ec165deab0d7911f77c37c96c982"
	if text.Checksum != sum || text.Dir != "" || text.Name != "opticks" {
		t.Errorf("%s in %q has the checksum %s, want %s", text.Name, text.Dir, text.Checksum, sum)
	}
	if !strings.HasPrefix(text.Text, "OPTICKS:") || !strings.Contains(text.Text, "Prisms") {
		t.Errorf("the text begins with %.40q", text.Text)
	}
	_, err = data.Opticks(data.Options{Dir: "x"})
	testkit.OneLine(t, "a folder for it", err, "opticks is part of the program")
}

// TestOwnText: a file is the same text gzipped or not, with line ends of any system, in the folder or in the one of its
// name.
func TestOwnText(t *testing.T) {
	write := func(path, content string) data.Options {
		dir := t.TempDir()
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, ".gz") {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			if _, err := w.Write([]byte(content)); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			content = b.String()
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return data.Options{Dir: dir, NoDownload: true}
	}
	want := "Grüße,\nvon hier\n"
	var first *data.Text
	for path, content := range map[string]string{"text.txt": want, "text/text.txt": "\ufeff" + want,
		"text/text.txt.gz": strings.ReplaceAll(want, "\n", "\r\n")} {
		text, err := data.OwnText(t.Context(), write(path, content))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if text.Text != want || text.Checksum != first.Checksum || text.Dir == "" {
			t.Errorf("%s: %q of the checksum %s in %q", path, text.Text, text.Checksum, text.Dir)
		}
	}
	_, err := data.OwnText(t.Context(), write("text.txt", "one\ntw\xffo\n"))
	testkit.OneLine(t, "another encoding", err, "text.txt: line 2 is not UTF-8")
	_, err = data.OwnText(t.Context(), data.Options{Dir: t.TempDir()})
	testkit.OneLine(t, "no file", err, "neither it nor a folder text in it has text.txt.gz")
	t.Setenv("MAESTRO_DATA", "")
	t.Setenv("MAESTRO_CACHE", t.TempDir())
	_, err = data.OwnText(t.Context(), data.Options{})
	testkit.OneLine(t, "nothing named", err, "put text.txt, in UTF-8, into a folder")
}
