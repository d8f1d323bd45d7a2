package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// wordy is a figure with text from all sides: ours, turned, in two lines, in a
// legend and labels of the plotting library's own, which are set in another font.
func wordy(t *testing.T) (p *plot.Plot, texts []string) {
	t.Helper()
	p = figure(t)
	p.Title.Text = "U V⊤ ∈ ℝ, ∇⟨u, v⟩ ✓\nAVATAR <text a&b>"
	p.Legend.Add("another λ ⟨⊤⟩")
	labels, err := plotter.NewLabels(plotter.XYLabels{
		XYs: plotter.XYs{{X: 500, Y: 50}}, Labels: []string{"plain Σ ℝ"},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Add(labels)
	return p, []string{
		"U V⊤ ∈ ℝ, ∇⟨u, v⟩ ✓", "AVATAR <text a&b>", "another λ ⟨⊤⟩", "plain Σ ℝ",
		p.X.Label.Text, p.Y.Label.Text, "rank 1", "exact", "1500",
	}
}

// TestSVGNeedsNoFont: text that is seen is an outline, as wide as the unseen text
// on it, which can be found as it was written.
func TestSVGNeedsNoFont(t *testing.T) {
	p, want := wordy(t)
	svg, err := Render(p, Size{}, "svg")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`font-family[:=]"?'?[A-Z]\w+`).Find(svg); m != nil {
		t.Errorf("%s: a font that a machine may lack", m)
	}
	if bytes.Contains(svg, []byte(strconv.Itoa(lineMark))) {
		t.Error("a mark of a line is left")
	}
	var texts []string
	var outline map[string]string // attributes of the path before
	dec := xml.NewDecoder(bytes.NewReader(svg))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		attrs := map[string]string{}
		for _, a := range start.Attr {
			attrs[a.Name.Local] = a.Value
		}
		switch start.Name.Local {
		case "path":
			outline = attrs
		case "text":
			var text string
			if err := dec.DecodeElement(&text, &start); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
			width := number(t, attrs["textLength"])
			drawn := extent(readPath(t, outline["d"])).Size().X.Points() * scaleOf(t, outline["transform"])
			if slack := number(t, attrs["font-size"]) / 3; math.Abs(drawn-width) > slack {
				t.Errorf("%q is %g wide, its outlines %g", text, width, drawn)
			}
			if attrs["fill-opacity"] != "0" {
				t.Errorf("%q is seen beside its outlines", text)
			}
		}
	}
	for _, w := range want {
		if !slices.Contains(texts, w) {
			t.Errorf("no text %q among %q", w, texts)
		}
	}
}

// TestSVGWithoutFonts has a browser that knows one font alone, of other widths,
// show the same picture as one with all that are installed.
func TestSVGWithoutFonts(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no Chromium: install Debian's chromium package to test how a browser shows figures")
	}
	const only = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
	font, err := os.ReadFile(only)
	if err != nil {
		t.Skip("no DejaVu Serif to stand for a machine with other fonts: ", err)
	}
	dir := t.TempDir()
	p, _ := wordy(t)
	svg, err := Render(p, Size{}, "svg")
	if err != nil {
		t.Fatal(err)
	}
	page, fonts := filepath.Join(dir, "page.svg"), filepath.Join(dir, "fonts")
	config := filepath.Join(dir, "fonts.conf")
	if err := os.Mkdir(fonts, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{
		page: svg, filepath.Join(fonts, "only.ttf"): font,
		config: []byte("<fontconfig><dir>" + fonts + "</dir><cachedir>" + dir + "/cache</cachedir></fontconfig>"),
	} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	shot := func(name string, env ...string) []byte {
		png := filepath.Join(dir, name+".png")
		cmd := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=500,360",
			"--user-data-dir="+filepath.Join(dir, name), "--screenshot="+png, "file://"+page)
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		data, err := os.ReadFile(png)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if !bytes.Equal(shot("all"), shot("one", "FONTCONFIG_FILE="+config)) {
		t.Error("the figure looks different where the fonts are others")
	}
}

// TestPathData reads what is written: every point is the nearest of the grid.
func TestPathData(t *testing.T) {
	face := NewMathText().Fonts.Lookup(sans(11), 11)
	const unit = 11. / 1000
	want := run{"Sphinx 380%", face, vg.Point{X: -7, Y: 3}}.outline()
	got := readPath(t, pathData(want, unit))
	var a, b []vg.Point
	for _, c := range want {
		if c.Type != vg.CloseComp {
			a = append(append(a, c.Control...), c.Pos)
		}
	}
	for _, c := range got {
		b = append(append(b, c.Control...), c.Pos)
	}
	if len(a) != len(b) {
		t.Fatalf("%d points, want %d", len(b), len(a))
	}
	for i := range a {
		if d := a[i].Sub(vg.Point{X: b[i].X * unit, Y: b[i].Y * unit}); max(d.X, d.Y, -d.X, -d.Y) > 0.51*unit {
			t.Fatalf("point %d is %v units, want %v points", i, b[i], a[i])
		}
	}
}

// TestRunOutline: letters stand where the width of those before them puts them.
func TestRunOutline(t *testing.T) {
	face := NewMathText().Fonts.Lookup(sans(10), 10)
	const text = "AVATAR, To. 1"
	if line := plainLine(text, face, vg.Point{X: 5}); len(line.runs) != 1 || !near(line.width, face.Width(text)) {
		t.Errorf("%d runs of width %v, want one of %v", len(line.runs), line.width, face.Width(text))
	}
	if unkerned := face.Width("A") + face.Width("V"); face.Width("AV") >= unkerned {
		t.Fatal("the font has no kerning to test")
	}
	last := extent(outline(face, '1', vg.Point{X: face.Width(text) - face.Width("1")}))
	if all := extent(run{text, face, vg.Point{}}.outline()); !near(all.Max.X, last.Max.X) {
		t.Errorf("outlines end at %v, want %v", all.Max.X, last.Max.X)
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func scaleOf(t *testing.T, transform string) float64 {
	t.Helper()
	_, s, _ := strings.Cut(transform, "scale(")
	return number(t, strings.TrimSuffix(s, ")"))
}

// readPath reads relative path data, without what closes it.
func readPath(t *testing.T, d string) (path vg.Path) {
	t.Helper()
	var at, start vg.Point
	for _, m := range regexp.MustCompile(`([a-z])([-0-9 ]*)`).FindAllStringSubmatch(d, -1) {
		var v []vg.Length
		for _, s := range regexp.MustCompile(`-?\d+`).FindAllString(m[2], -1) {
			v = append(v, vg.Length(number(t, s)))
		}
		from := at
		switch m[1] {
		case "m":
			at = at.Add(vg.Point{X: v[0], Y: v[1]})
			start = at
			path.Move(at)
		case "h", "v", "l":
			switch m[1] {
			case "h":
				v = append(v, 0)
			case "v":
				v = append([]vg.Length{0}, v...)
			}
			at = at.Add(vg.Point{X: v[0], Y: v[1]})
			path.Line(at)
		case "q":
			at = from.Add(vg.Point{X: v[2], Y: v[3]})
			path.QuadTo(from.Add(vg.Point{X: v[0], Y: v[1]}), at)
		case "z":
			at = start
		default:
			t.Fatalf("path has %q", m[0])
		}
	}
	return path
}
