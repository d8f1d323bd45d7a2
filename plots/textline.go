package plots

import (
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// textLine is one line of text as it lies on a page.
type textLine struct {
	text   string // as the caller wrote it
	origin vg.Point
	width  vg.Length
	size   vg.Length // of the type on the line, not of scripts
	runs   []run
}

// run is text in one face: ASCII, or a single other character.
type run struct {
	text string
	face font.Face
	at   vg.Point
}

// plainLine sets text as it stands, with characters that face lacks from the
// second font.
func plainLine(text string, face font.Face, at vg.Point) textLine {
	l := textLine{text: text, origin: at, size: face.Font.Size}
	before := ""
	for _, r := range text {
		s := string(r)
		if before != "" && ascii(before+s) {
			l.runs[len(l.runs)-1].text += s
			l.width += step(face, before, s) - face.Width(before)
		} else {
			l.runs = append(l.runs, run{s, faceFor(r, face), vg.Point{X: at.X + l.width, Y: at.Y}})
		}
		set := l.runs[len(l.runs)-1].face
		l.width += set.Width(s)
		before = s
	}
	return l
}

// step is how far b begins after a in the same run: a's width and the kerning.
func step(face font.Face, a, b string) vg.Length {
	return face.Width(a+b) - face.Width(b)
}

// fill draws a run on any canvas. The PDF writer passes text on as bytes and so
// garbles all but ASCII: other characters are filled outlines.
func (r run) fill(c vg.Canvas) {
	if !ascii(r.text) {
		for _, ch := range r.text {
			c.Fill(outline(r.face, ch, r.at))
		}
		return
	}
	// Viewers may drop leading blanks, so these are a step to the right.
	word := strings.TrimLeft(r.text, " ")
	if word != "" {
		at := r.at
		at.X += r.face.Width(r.text[:len(r.text)-len(word)])
		c.FillString(r.face, at, word)
	}
}

// outline is the shape of all characters of a run.
func (r run) outline() vg.Path {
	var path vg.Path
	at, before := r.at, ""
	for _, ch := range r.text {
		if before != "" {
			at.X += step(r.face, before, string(ch))
		}
		path = append(path, outline(r.face, ch, at)...)
		before = string(ch)
	}
	return path
}
