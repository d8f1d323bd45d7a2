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
	for _, r := range text {
		n := len(l.runs)
		if s := string(r); n > 0 && ascii(s) && ascii(l.runs[n-1].text) {
			l.runs[n-1].text += s
		} else {
			l.runs = append(l.runs, run{s, faceFor(r, face), vg.Point{X: at.X + l.width, Y: at.Y}})
		}
		last := &l.runs[len(l.runs)-1]
		l.width = last.at.X - at.X + last.face.Width(last.text)
	}
	return l
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

// outline is the shape of all characters of a run, kerned as face.Width counts.
func (r run) outline() vg.Path {
	var path vg.Path
	for i, ch := range r.text {
		upTo := r.text[:i+len(string(ch))]
		at := r.at
		at.X += r.face.Width(upTo) - r.face.Width(string(ch))
		path = append(path, outline(r.face, ch, at)...)
	}
	return path
}
