package table

import (
	"math"
	"strconv"
	"strings"
)

// Cell is a text, or a number with its deviation. The zero Cell is empty.
type Cell struct {
	text      string
	number    bool
	value     string // as printed
	deviation string // as printed; "" where there is none
	spread    bool   // the column has deviations
	mark      string // stands behind what people read
}

// Text is a cell that holds words.
func Text(s string) Cell { return Cell{text: s} }

// Number is a cell that holds a number with as many decimals; below 0 they are those it takes to write it exactly.
func Number(value float64, decimals int) Cell {
	return Cell{number: true, value: strconv.FormatFloat(value, 'f', decimals, 64)}
}

// Spread is a Number of a column of means with their deviations. A deviation of NaN is one that is not known.
func Spread(value, deviation float64, decimals int) Cell {
	c := Number(value, decimals)
	c.spread = true
	if !math.IsNaN(deviation) {
		c.deviation = strconv.FormatFloat(deviation, 'f', decimals, 64)
	}
	return c
}

// Marked is the cell with a mark of a note behind it, such as †, for people; an empty cell stays as it is.
func (c Cell) Marked(mark string) Cell {
	if c.number || c.text != "" {
		c.mark = mark
	}
	return c
}

// missing is what people read where there is no number.
const missing = "–"

// String is the cell as people read it: "94.19 ± 0.07".
func (c Cell) String() string {
	switch {
	case !c.number && c.text == "":
		return missing
	case !c.number:
		return c.text + c.mark
	case strings.Trim(c.deviation, "0.") == "": // none, or none that shows
		return c.value + c.mark
	}
	return c.value + " ± " + c.deviation + c.mark
}

// bare is the cell as programs read it: the number alone, or nothing.
func (c Cell) bare() string {
	if c.number {
		return c.value
	}
	return c.text
}
