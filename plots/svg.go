package plots

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// svgCanvas draws text as outlines, which look the same on machines without its
// font. Over them lies the text itself, unseen, for search, selection and screen
// readers. There are no ids: figures that share a page could mix them up, and
// sanitizers of notebooks drop what refers to them.
type svgCanvas struct {
	*vgsvg.Canvas
	lines []textLine
}

// The SVG writer has no way to add elements of ours, so a line is first a path
// that says which it is.
const lineMark = -99999

var markedLine = regexp.MustCompile(fmt.Sprintf(`<path d="M%d,(\d+)Z"\s*(style="[^"]*")?\s*/>`, lineMark))

func (c *svgCanvas) fillLine(l textLine) {
	var mark vg.Path
	mark.Move(vg.Point{X: lineMark, Y: vg.Length(len(c.lines))})
	mark.Close()
	c.Fill(mark) // in the canvas' colour
	c.lines = append(c.lines, l)
}

// WriteTo implements [io.WriterTo].
func (c *svgCanvas) WriteTo(w io.Writer) (int64, error) {
	var buf bytes.Buffer
	if _, err := c.Canvas.WriteTo(&buf); err != nil {
		return 0, err
	}
	svg := markedLine.ReplaceAllFunc(buf.Bytes(), func(mark []byte) []byte {
		m := markedLine.FindSubmatch(mark)
		i, err := strconv.Atoi(string(m[1]))
		if err != nil || i >= len(c.lines) {
			return mark
		}
		return c.lines[i].svg(string(m[2]))
	})
	n, err := w.Write(withFilledImages(svg))
	return int64(n), err
}

// withFilledImages has images fill the rectangle they were given, where an SVG
// would keep their proportions, and corrects their type: the writer calls its
// PNGs JPEGs.
func withFilledImages(svg []byte) []byte {
	svg = bytes.ReplaceAll(svg, []byte("<image "), []byte(`<image preserveAspectRatio="none" `))
	return bytes.ReplaceAll(svg, []byte("data:image/jpg;base64,"), []byte("data:image/png;base64,"))
}

// svg is the line in a group whose y axis points up. Viewers stretch the unseen
// text, set in whatever font they have, to the outlines' width.
func (l textLine) svg(style string) []byte {
	unit := l.size / 1000 // whole numbers of these are exact enough, and short
	var outlines vg.Path
	for _, r := range l.runs {
		r.at = r.at.Sub(l.origin)
		outlines = append(outlines, r.outline()...)
	}
	x, y := l.origin.X.Points(), l.origin.Y.Points()
	var b bytes.Buffer
	if len(outlines) > 0 {
		fmt.Fprintf(&b, "<path transform=\"translate(%.5g,%.5g)scale(%.5g)\" %s d=\"%s\"/>\n",
			x, y, unit.Points(), style, pathData(outlines, unit))
	}
	if strings.TrimSpace(l.text) != "" && l.width > 0 {
		fmt.Fprintf(&b, `<text fill-opacity="0" x="%.5g" y="%.5g" transform="scale(1,-1)" font-family="sans-serif" `+
			`font-size="%.5g" textLength="%.5g" lengthAdjust="spacingAndGlyphs">%s</text>`,
			x, -y, l.size.Points(), l.width.Points(), html.EscapeString(l.text))
	}
	return b.Bytes()
}

// pathData writes a path of moves, lines and curves in whole units, each point
// relative to the one before.
func pathData(path vg.Path, unit vg.Length) string {
	var b []byte
	var x, y, startX, startY int
	grid := func(p vg.Point) (int, int) {
		return int(math.Round(float64(p.X / unit))), int(math.Round(float64(p.Y / unit)))
	}
	number := func(n int) {
		if last := b[len(b)-1]; n >= 0 && last >= '0' && last <= '9' {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	for _, comp := range path {
		toX, toY := grid(comp.Pos)
		switch comp.Type {
		case vg.CloseComp:
			b = append(b, 'z')
			x, y = startX, startY
			continue
		case vg.MoveComp:
			b = append(b, 'm')
			startX, startY = toX, toY
		case vg.LineComp:
			switch {
			case toX == x && toY == y:
				continue
			case toY == y:
				b = append(b, 'h')
				number(toX - x)
				x = toX
				continue
			case toX == x:
				b = append(b, 'v')
				number(toY - y)
				y = toY
				continue
			}
			b = append(b, 'l')
		case vg.CurveComp:
			b = append(b, " qc"[len(comp.Control)])
			for _, p := range comp.Control {
				cx, cy := grid(p)
				number(cx - x)
				number(cy - y)
			}
		}
		number(toX - x)
		number(toY - y)
		x, y = toX, toY
	}
	return string(b)
}
