package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The smallest page that has room for axes and a legend in type of full size, and the least share of its width and
// height that the data have. What is drawn on a page without is drawn on a larger one and reduced.
const (
	leastWidth  = 3 * vg.Inch
	leastHeight = 1.8 * vg.Inch
	leastShare  = 0.3
)

// onPage is the text handler of a plot whose page is known. Legends are asked for their width before they are drawn,
// and of all they are given then only the plot can tell them how wide the page is.
type onPage struct {
	text.Handler
	width vg.Length
}

func pageWidth(p *plot.Plot) vg.Length {
	if page, ok := p.TextHandler.(onPage); ok {
		return page.width
	}
	return DefaultWidth
}

// fitted is p for a page of the given size, and what the page is to be reduced by. Text that is longer than the page is
// cut: without that it would reach beyond.
func fitted(p *plot.Plot, size vg.Point) (*plot.Plot, vg.Length) {
	on := *p
	reduce := max(1, leastWidth/size.X, leastHeight/size.Y)
	var page, data vg.Rectangle
	for {
		page.Max = vg.Point{X: size.X * reduce, Y: size.Y * reduce}
		on.TextHandler = onPage{p.TextHandler, page.Max.X}
		data = on.DataCanvas(draw.Canvas{Rectangle: page}).Rectangle
		const most = 1000 // for plots of others, whose parts may grow with the page
		if reduce > most || data.Size().X >= leastShare*page.Max.X && data.Size().Y >= leastShare*page.Max.Y {
			break
		}
		reduce *= 1.1
	}
	on.Title.Text = shortened(on.Title.TextStyle, on.Title.Text, page.Max.X)
	centre := data.Min.Add(data.Max).Scale(0.5) // of the labels of the axes
	shorten := func(axis *plot.Axis, before, after vg.Length) {
		sty := axis.Label.TextStyle
		sty.Handler = NewMathText() // one that does not hide its width
		axis.Label.Text = shortened(sty, axis.Label.Text, 2*min(before, after))
	}
	shorten(&on.X, centre.X, page.Max.X-centre.X)
	shorten(&on.Y, centre.Y, page.Max.Y-centre.Y)
	return &on, reduce
}

// drawFitted draws p on a page of any size.
func drawFitted(p *plot.Plot, page draw.Canvas) {
	size := page.Size()
	on, reduce := fitted(p, size)
	if reduce > 1 {
		page.Push()
		defer page.Pop()
		page.Translate(page.Min)
		page.Scale(float64(1/reduce), float64(1/reduce))
		page.Rectangle = vg.Rectangle{Max: vg.Point{X: size.X * reduce, Y: size.Y * reduce}}
	}
	on.Draw(page)
}

// shortened is text with its end cut, and … in its place, where it is wider than room.
func shortened(sty draw.TextStyle, text string, room vg.Length) string {
	if text == "" || sty.Width(text) <= room {
		return text
	}
	const cut = "…"
	runes := []rune(text)
	n := fitting(sty, runes, room-sty.Width(cut))
	return string(runes[:n]) + cut
}

// fitting is how many of the first runes are within room, at least one.
func fitting(sty draw.TextStyle, runes []rune, room vg.Length) int {
	n := 1
	for n < len(runes) && sty.Width(string(runes[:n+1])) <= room {
		n++
	}
	return n
}

// wrapped breaks text into lines within room: at blanks, and within a word only where that is too long for a line.
func wrapped(sty draw.TextStyle, text string, room vg.Length) []string {
	var lines []string
	line, rest := []rune(nil), []rune(text)
	for len(rest) > 0 {
		n := 0 // the next word, with the blanks before it
		for n < len(rest) && rest[n] == ' ' {
			n++
		}
		for n < len(rest) && rest[n] != ' ' {
			n++
		}
		longer := append(line[:len(line):len(line)], rest[:n]...)
		switch {
		case sty.Width(string(longer)) <= room:
			line, rest = longer, rest[n:]
			continue
		case len(line) == 0:
			n = fitting(sty, rest[:n], room)
			line, rest = rest[:n], rest[n:]
		}
		lines, line = append(lines, string(line)), nil
		for len(rest) > 0 && rest[0] == ' ' {
			rest = rest[1:]
		}
	}
	if len(line) > 0 || len(lines) == 0 {
		lines = append(lines, string(line))
	}
	return lines
}
