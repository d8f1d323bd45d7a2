package plots

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/recorder"
)

func TestMathTextLevels(t *testing.T) {
	fnt := sans(10)
	pieces, width := NewMathText().layout("‖Ĉₖ − C‖²_F a_b", fnt)
	var levels strings.Builder
	for _, p := range pieces {
		mark := map[bool]string{true: "^", false: ""}[p.rise > 0] + map[bool]string{true: "_", false: ""}[p.rise < 0]
		if small := p.font.Size < fnt.Size; small != (mark != "") {
			t.Errorf("%q: size %v at rise %v", p.text, p.font.Size, p.rise)
		}
		levels.WriteString(mark + p.text + "|")
	}
	if got, want := levels.String(), "‖|Ĉ|_k| |−| C|‖|^2|_F| a_b|"; got != want {
		t.Errorf("pieces %q, want %q", got, want)
	}
	two, f, after := pieces[7], pieces[8], pieces[9]
	if two.x != f.x {
		t.Errorf("²_F: 2 at %v and F at %v, want one below the other", two.x, f.x)
	}
	if end := f.x + NewMathText().width("F", f.font); math.Abs((after.x - end).Points()) > 1e-9 {
		t.Errorf("text goes on at %v, want %v, the end of the wider script", after.x, end)
	}
	if width <= after.x {
		t.Errorf("width %v ends before the last piece at %v", width, after.x)
	}
}

func TestMathTextIndices(t *testing.T) {
	for txt, want := range map[string]string{
		"λ_gl = 1e-3":      "λ gl↓ = 1e-3",
		"ε_ps":             "ε ps↓",
		"λ_":               "λ_",
		"λ_1":              "λ_1",
		"‖U_{b:}‖·‖V_{b:}": "‖U b:↓‖·‖V b:↓",
		"Σᵢ rᵢ":            "Σ i↓ r i↓",
		"layer_gl_1":       "layer_gl_1",
		"a_{b":             "a_{b",
		"a_{}":             "a",
		"_x":               "_x",
		"x²_":              "x 2↑_",
	} {
		var got strings.Builder
		level := 0
		mark := map[int]string{-1: "↓", 1: "↑"}
		for _, c := range scripted(txt) {
			if c.level != level {
				got.WriteString(mark[level])
				if c.level != 0 {
					got.WriteString(" ")
				}
				level = c.level
			}
			got.WriteRune(c.r)
		}
		got.WriteString(mark[level])
		if got.String() != want {
			t.Errorf("%q is set as %q, want %q", txt, got.String(), want)
		}
	}
}

// Formats disagree on anything but ASCII words that begin with a letter, so no
// other text may reach them; and all of our labels must have a shape.
func TestMathTextDrawsGlyphs(t *testing.T) {
	var rec recorder.Canvas
	sty := SmallText(0, 0)
	sty.Handler.Draw(&rec, "‖Ĉₖ − Cₖ‖²_F · 10⁻³⁰¹²⁴⁵⁶⁷⁸⁹", sty, vg.Point{})
	fills := 0
	for _, a := range rec.Actions {
		switch a := a.(type) {
		case *recorder.FillString:
			if !ascii(a.String) || strings.HasPrefix(a.String, " ") {
				t.Errorf("text %q goes to the canvas", a.String)
			}
		case *recorder.Fill:
			fills++
			if len(a.Path) < 4 {
				t.Errorf("fill %d has no shape", fills)
			}
		}
	}
	if want := 6; fills != want { // ‖ Ĉ − ‖ · and the superscript minus
		t.Errorf("%d outlines, want %d", fills, want)
	}
	fnt := NewMathText().Fonts.Lookup(sans(10), 10)
	for _, r := range "‖Ĉ−·λεΣ" {
		if i, err := fnt.Face.GlyphIndex(nil, r); err != nil || i == 0 {
			t.Errorf("the font has no %q", r)
		}
	}
}

// TestAccents: an accent is in the middle of its letter, above it, and takes no room.
func TestAccents(t *testing.T) {
	m := NewMathText()
	ink := func(p piece) vg.Rectangle {
		r, _ := utf8.DecodeLastRuneInString(p.text)
		at := vg.Point{X: p.x + m.width(p.text, p.font) - m.width(string(r), p.font), Y: p.rise}
		return bounds(outline(m.face(string(r), p.font), r, at))
	}
	for _, accented := range []string{"x\u0302", "C\u0302", "\u03b8\u0302", "ab\u0304", "R\u20d7", "i_{x}\u0303",
		"a\u0308\u0304"} {
		pieces, width := m.layout(accented, sans(10))
		plain, plainWidth := m.layout(strings.TrimRight(accented, "\u0302\u0303\u0304\u0308\u20d7"), sans(10))
		if width != plainWidth {
			t.Errorf("%q is %v wide, its letters %v", accented, width, plainWidth)
		}
		below := ink(plain[len(plain)-1])
		for _, p := range pieces[len(plain):] {
			mark := ink(p)
			if !near(mark.Min.X+mark.Max.X, below.Min.X+below.Max.X) {
				t.Errorf("%q: the accent is at %v, what it stands on at %v", accented, mark, below)
			}
			if mark.Min.Y < below.Max.Y {
				t.Errorf("%q: the accent begins at %v in what ends at %v", accented, mark.Min.Y, below.Max.Y)
			}
			below = mark
		}
	}
	if pieces, _ := m.layout("\u0302x", sans(10)); len(pieces) != 2 {
		t.Errorf("an accent on nothing: pieces %v", pieces)
	}
}
