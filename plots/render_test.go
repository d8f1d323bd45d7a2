package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

func figure(t *testing.T) *plot.Plot {
	t.Helper()
	c := falling(6, 21)
	c.Exact = []float64{9, 5, 2, 0, 0, 0}
	p, err := SingularValues(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRenderPNG(t *testing.T) {
	for size, want := range map[Size][2]int{
		{}:                                    {1500, 1020}, // 5 × 3.4 inch at 300 dpi
		{Width: 2 * vg.Inch}:                  {600, 1020},
		{Width: vg.Inch, Height: 2 * vg.Inch}: {300, 600},
	} {
		data, err := Render(figure(t), size, "png")
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if got := img.Bounds().Size(); got.X != want[0] || got.Y != want[1] {
			t.Errorf("%v: %v pixels, want %v", size, got, want)
		}
	}
}

func TestRenderSVG(t *testing.T) {
	data, err := Render(figure(t), Size{}, "svg")
	if err != nil {
		t.Fatal(err)
	}
	dec := xml.NewDecoder(bytes.NewReader(data))
	var root, text string
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if root == "" {
				root = tok.Name.Local
			}
			for _, a := range tok.Attr {
				if a.Name.Local == "id" {
					t.Errorf("id %q would clash with another figure's on the same page", a.Value)
				}
				if a.Name.Local == "style" && strings.Contains(a.Value, "font-family") &&
					!strings.Contains(a.Value, "sans-serif") {
					t.Errorf("style %q names no font that every machine has", a.Value)
				}
			}
		case xml.CharData:
			text += string(tok)
		}
	}
	if root != "svg" || !strings.Contains(text, "training step") || !strings.Contains(text, "rank 6") {
		t.Errorf("root %q with text %q", root, text)
	}
}

func TestRenderPDF(t *testing.T) {
	data, err := Render(figure(t), Size{}, "pdf")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		t.Errorf("begins with %q", data[:8])
	}
	for _, want := range []string{"/FontFile2", "/BaseFont /LiberationSans", "/CreationDate (D:20000101000000"} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("no %s", want)
		}
	}
	if bytes.Contains(data, []byte(time.Now().Format("D:2006"))) {
		t.Error("today's date is in it")
	}
}

func TestRenderRepeats(t *testing.T) {
	p := figure(t)
	for _, format := range []string{"pdf", "svg", "png"} {
		first, err := Render(p, Size{}, format)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			for _, again := range []*plot.Plot{p, figure(t)} {
				if next, err := Render(again, Size{}, format); err != nil || !bytes.Equal(first, next) {
					t.Fatalf("%s differs between two renderings (error %v)", format, err)
				}
			}
		}
	}
}

func TestRenderErrors(t *testing.T) {
	if _, err := Render(figure(t), Size{}, "jpg"); err == nil ||
		!strings.Contains(err.Error(), `"jpg": want pdf, svg or png`) {
		t.Errorf("jpg: error %v", err)
	}
	if _, err := Render(figure(t), Size{Width: -1}, "pdf"); err == nil || !strings.Contains(err.Error(), "negative") {
		t.Errorf("negative width: error %v", err)
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.pdf", "a.svg", "a.png", "B.PNG"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Save(figure(t), Size{}, path); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Render(figure(t), Size{}, strings.ToLower(name[2:]))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s does not hold the rendering", name)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 4 {
		t.Errorf("the folder holds %v, want the four figures alone", left)
	}
}

func TestSaveErrors(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		"fig.jpg":      "want pdf, svg or png",
		"fig":          "want pdf, svg or png",
		"none/fig.pdf": "no such file",
	} {
		path := filepath.Join(dir, name)
		err := Save(figure(t), Size{}, path)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with the path and %q", name, err, want)
		}
	}
	if err := Save(figure(t), Size{}, filepath.Join(dir, "none", "fig.pdf")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v does not wrap the system's", err)
	}
	// A folder in the figure's place fails last, after the temporary file.
	if err := os.Mkdir(filepath.Join(dir, "fig.svg"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Save(figure(t), Size{}, filepath.Join(dir, "fig.svg")); err == nil {
		t.Error("saved over a folder")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("failed saves left %v", left)
	}
}
