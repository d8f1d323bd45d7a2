package plots

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// MathText is a [text.Handler] that sets lines of plain Unicode with a little mathematics in it, such
// as "‖Ĉₖ − Cₖ‖²_F", "λ_gl = 10⁻³" or "‖U_{b:}‖", the same way in every format:
//
//   - Superscript and subscript characters, many of which fonts lack, are raised
//     and lowered ordinary ones.
//   - An underscore lowers the next character after a superscript, the rest of
//     the word after a Greek letter, and a group in braces anywhere; elsewhere it
//     is itself, as in names of layers.
//   - Accents that follow their letter, as in x̂, stand on it.
//   - Characters that Liberation lacks, such as ⊤ and ℝ, come from DejaVu Sans.
//
// Everything else is [text.Plain].
type MathText struct{ text.Plain }

// NewMathText returns the handler, with the fonts of the house style.
func NewMathText() MathText { return MathText{text.Plain{Fonts: font.DefaultCache}} }

// Parts of the font size.
const (
	scriptSize = 0.70
	superRise  = 0.42
	subRise    = -0.20
)

// axisLabel is MathText that hides its width from the plot. The plot would else
// pad a logarithmic axis for a label around the arithmetic middle of its range,
// which is near its upper end, though it draws the label around the true middle.
type axisLabel struct{ MathText }

// Box implements [text.Handler].
func (l axisLabel) Box(txt string, fnt font.Font) (width, height, depth vg.Length) {
	width, height, depth = l.MathText.Box(txt, fnt)
	if strings.TrimSpace(txt) != "" { // a blank's width is the gap to tick labels
		width = 0
	}
	return width, height, depth
}

// piece is text of one size on one baseline.
type piece struct {
	text    string
	x, rise vg.Length
	font    font.Font
}

// Box implements [text.Handler].
func (m MathText) Box(txt string, fnt font.Font) (width, height, depth vg.Length) {
	_, height, depth = m.Plain.Box(txt, fnt)
	_, width = m.layout(txt, fnt)
	return width, height, depth
}

// Draw implements [text.Handler].
func (m MathText) Draw(c vg.Canvas, txt string, sty text.Style, pt vg.Point) {
	c.SetColor(sty.Color)
	c.Push()
	defer c.Pop()
	c.Translate(pt)
	if sty.Rotation != 0 {
		c.Rotate(sty.Rotation)
	}
	lines, ext := m.Lines(txt), m.Extents(sty.Font)
	below := vg.Length(len(lines) - 1)
	height := ext.Ascent + ext.Descent + below*ext.Height
	// The baseline of one line is where text.Plain has it, which the axes count on.
	y := height*vg.Length(sty.YAlign) - ext.Ascent + sty.Font.Size + below*ext.Height
	for _, line := range lines {
		m.drawLine(c, line, sty, y)
		y -= ext.Height
	}
}

func (m MathText) drawLine(c vg.Canvas, txt string, sty text.Style, y vg.Length) {
	pieces, width := m.layout(txt, sty.Font)
	base := vg.Point{X: width * vg.Length(sty.XAlign), Y: y}
	l := textLine{text: txt, origin: base, width: width, size: sty.Font.Size}
	for _, p := range pieces {
		l.runs = append(l.runs, run{p.text, m.face(p.text, p.font), base.Add(vg.Point{X: p.x, Y: p.rise})})
	}
	if page, ok := pageOf(c); ok {
		page.fillLine(l)
		return
	}
	for _, r := range l.runs {
		r.fill(c)
	}
}

// layout places the pieces of txt from x = 0 on and returns the width of all.
func (m MathText) layout(txt string, fnt font.Font) (pieces []piece, width vg.Length) {
	small := fnt
	small.Size *= scriptSize
	var (
		x, scriptStart, scriptEnd vg.Length
		last                      int // level of the character before
	)
	for _, ch := range scripted(txt) {
		if n := len(pieces); n > 0 && isAccent(ch.r) {
			pieces = append(pieces, m.accent(ch.r, pieces[n-1], x))
			continue
		}
		level := ch.level
		switch {
		case level != 0 && last == 0:
			scriptStart, scriptEnd = x, x
		case level != 0 && level != last:
			scriptEnd, x = max(scriptEnd, x), scriptStart // one below the other
		case level == 0 && last != 0:
			x = max(scriptEnd, x)
		}
		p := piece{text: string(ch.r), x: x, font: fnt}
		if level != 0 {
			p.font, p.rise = small, fnt.Size*superRise
			if level < 0 {
				p.rise = fnt.Size * subRise
			}
		}
		// Runs of ASCII stay whole, so that a PDF can be searched for their words.
		if n := len(pieces); n > 0 && level == last && ascii(p.text) && ascii(pieces[n-1].text) {
			prev := &pieces[n-1]
			prev.text += p.text
			x = prev.x + m.width(prev.text, prev.font)
		} else {
			pieces = append(pieces, p)
			x += m.width(p.text, p.font)
		}
		last = level
	}
	return pieces, max(x, scriptEnd)
}

// accent places r on the last character of before, which ends at x.
func (m MathText) accent(r rune, before piece, x vg.Length) piece {
	base, _ := utf8.DecodeLastRuneInString(before.text)
	p := piece{text: string(r), x: before.x, rise: before.rise, font: before.font}
	if !isAccent(base) {
		p.x = x - m.width(string(base), before.font)
	}
	shift := accentShift(r, m.face(p.text, p.font), base, m.face(string(base), p.font))
	p.x, p.rise = p.x+shift.X, p.rise+shift.Y
	return p
}

func (m MathText) width(s string, fnt font.Font) vg.Length {
	face := m.face(s, fnt)
	return face.Width(s)
}

// face is what s, ASCII or a single other character, is set in.
func (m MathText) face(s string, fnt font.Font) font.Face {
	face := m.Fonts.Lookup(fnt, fnt.Size)
	if ascii(s) {
		return face
	}
	r, _ := utf8.DecodeRuneInString(s)
	return faceFor(r, face)
}

// char is an ordinary character and its level: 1 above the line, -1 below it.
type char struct {
	r     rune
	level int
}

// scripted takes the marks of super- and subscripts out of txt.
func scripted(txt string) []char {
	in := []rune(txt)
	var out []char
	for i := 0; i < len(in); i++ {
		if in[i] == '_' && i > 0 {
			if group, length := lowered(in[i-1], in[i+1:]); length > 0 {
				for _, r := range group {
					r, _ = script(r)
					out = append(out, char{r, -1})
				}
				i += length
				continue
			}
		}
		r, level := script(in[i])
		out = append(out, char{r, level})
	}
	return out
}

// lowered is what an underscore between before and rest lowers, and the length
// of that in rest with its braces; 0 if it lowers nothing.
func lowered(before rune, rest []rune) (group []rune, length int) {
	if len(rest) > 0 && rest[0] == '{' {
		if end := slices.Index(rest, '}'); end > 0 {
			return rest[1:end], end + 1
		}
	}
	if _, level := script(before); level > 0 && len(rest) > 0 {
		return rest[:1], 1
	}
	if unicode.Is(unicode.Greek, before) {
		n := 0
		for n < len(rest) && unicode.IsLetter(rest[n]) {
			n++
		}
		return rest[:n], n
	}
	return nil, 0
}

// script splits a super- or subscript character into the ordinary one and its
// level: 1 above, -1 below, 0 for ordinary characters.
func script(r rune) (rune, int) {
	const (
		super     = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ"
		superBase = "0123456789+−=()abcdefghijklmnoprstuvwxyzT"
		sub       = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
		subBase   = "0123456789+−=()aehijklmnoprstuvx"
	)
	if i := runeIndex(super, r); i >= 0 {
		return []rune(superBase)[i], 1
	}
	if i := runeIndex(sub, r); i >= 0 {
		return []rune(subBase)[i], -1
	}
	return r, 0
}

func runeIndex(s string, r rune) int {
	i := strings.IndexRune(s, r)
	if i < 0 {
		return -1
	}
	return len([]rune(s[:i]))
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > math.MaxInt8 }) < 0
}
