package sweep

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// Axis is what a study varies together: one setting, or several whose values go in step.
type Axis struct {
	Names  []string   // of settings, as runs.Settings.Set takes them
	Values [][]string // a value for each of them
	// From and To bound what is drawn in place of Values; Log is whether evenly on a logarithmic axis. They go with
	// one name.
	From, To float64
	Log      bool
}

// ranged is true of an axis that has bounds and no values.
func (a Axis) ranged() bool { return a.Values == nil }

// ParseAxis reads an axis as it is written: a setting and its values, of which some may be ranges,
//
//	lambda_gl=0,log(1e-6..1e-3,7)     0, and seven values from 1e-6 to 1e-3, evenly on a logarithmic axis
//	batch=32,lin(64..256,4)           evenly on a plain one
//	zip(lr=0.1,0.05; batch=128,64)    the first with the first, the second with the second
//	lambda_gl=log(1e-6..1e-3)         anything between, where points are drawn
//
// Bounds are the values themselves, and are among them.
func ParseAxis(text string) (a Axis, err error) {
	text = strings.TrimSpace(text)
	inside, zipped := strings.CutPrefix(text, "zip(")
	if name, value, ok := strings.Cut(text, "="); ok && !zipped {
		if kind, from, to, ok := bounds(strings.TrimSpace(value)); ok {
			a = Axis{Names: []string{strings.TrimSpace(name)}, From: from, To: to, Log: kind == "log"}
			return a, above0(kind, from, to, value)
		}
	}
	if !zipped {
		name, values, err := parseValues(text)
		if err != nil {
			return a, err
		}
		a.Names = []string{name}
		for _, v := range values {
			a.Values = append(a.Values, []string{v})
		}
		return a, nil
	}
	inside, closed := strings.CutSuffix(inside, ")")
	if !closed {
		return a, fmt.Errorf("%q: zip( has no end", text)
	}
	for part := range strings.SplitSeq(inside, ";") {
		name, values, err := parseValues(strings.TrimSpace(part))
		if err != nil {
			return a, err
		}
		if a.Names != nil && len(values) != len(a.Values) {
			return a, fmt.Errorf("%q: %s has %d values, and %s has %d: they go in step", text, name, len(values),
				a.Names[0], len(a.Values))
		}
		if a.Names == nil {
			a.Values = make([][]string, len(values))
		}
		a.Names = append(a.Names, name)
		for i, v := range values {
			a.Values[i] = append(a.Values[i], v)
		}
	}
	return a, nil
}

// parseValues reads name=value,value,….
func parseValues(text string) (name string, values []string, err error) {
	name, list, ok := strings.Cut(text, "=")
	if name = strings.TrimSpace(name); !ok || name == "" {
		return "", nil, fmt.Errorf("%q: an axis is a setting and its values, such as lambda_gl=0,log(1e-6..1e-3,7)",
			text)
	}
	for rest := list; rest != ""; {
		var value string
		value, rest = cutValue(rest)
		value = strings.TrimSpace(value)
		more, err := expand(value)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", name, err)
		}
		values = append(values, more...)
	}
	if len(values) == 0 {
		return "", nil, fmt.Errorf("%s has no values: name some, such as %[1]s=0.1,0.2", name)
	}
	return name, values, nil
}

// cutValue cuts at the first comma that is in no brackets.
func cutValue(text string) (value, rest string) {
	depth := 0
	for i, c := range text {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// bounds reads log(FROM..TO), without a count.
func bounds(value string) (kind string, from, to float64, ok bool) {
	kind, inside, opened := strings.Cut(value, "(")
	inside, closed := strings.CutSuffix(inside, ")")
	low, high, two := strings.Cut(inside, "..")
	from, err1 := strconv.ParseFloat(strings.TrimSpace(low), 64)
	to, err2 := strconv.ParseFloat(strings.TrimSpace(high), 64)
	ok = opened && closed && two && err1 == nil && err2 == nil && (kind == "log" || kind == "lin")
	return kind, from, to, ok
}

// above0 is an error where a logarithmic range has a bound that it cannot have.
func above0(kind string, from, to float64, value string) error {
	if kind == "log" && !(from > 0 && to > 0) {
		return fmt.Errorf("%q: the bounds of a logarithmic range are above 0; name 0 beside it: 0,%s", value, value)
	}
	return nil
}

// expand gives the values of a range, or the one that is none.
func expand(value string) ([]string, error) {
	kind, inside, ok := strings.Cut(value, "(")
	if value == "" {
		return nil, fmt.Errorf("a value is missing between two commas")
	}
	if !ok {
		return []string{value}, nil
	}
	wrong := fmt.Errorf("%q: a range is log(FROM..TO,COUNT) or lin(FROM..TO,COUNT)", value)
	inside, closed := strings.CutSuffix(inside, ")")
	inside, count, counted := strings.Cut(inside, ",")
	kind, from, to, ok := bounds(kind + "(" + inside + ")")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	if !closed || !counted || !ok || err != nil || n < 2 {
		return nil, wrong
	}
	if err := above0(kind, from, to, value); err != nil {
		return nil, err
	}
	values := make([]string, n)
	for i := range values {
		values[i] = between(kind == "log", from, to, float64(i)/float64(n-1))
	}
	values[0], values[n-1] = strconv.FormatFloat(from, 'g', -1, 64), strconv.FormatFloat(to, 'g', -1, 64)
	return values, nil
}

// between is the value at a share of the way. Its six digits are those that a finer range of the same bounds shares
// with it.
func between(log bool, from, to, share float64) string {
	x := from + (to-from)*share
	if log {
		x = math.Exp(math.Log(from) + (math.Log(to)-math.Log(from))*share)
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

// Point is one choice of the axes' settings.
type Point struct {
	Names, Values []string // of the axes, in their order
	Settings      runs.Settings
}

// Points are the grid of the axes over settings, the last axis fastest. An unknown setting, a value that cannot be, a
// setting on two axes and a point that comes twice are errors that name it.
func Points(base runs.Settings, axes []Axis) ([]Point, error) {
	points := []Point{{Settings: base}}
	for _, a := range axes {
		if a.ranged() {
			return nil,
				fmt.Errorf(
					"the range of %s has no count: give it one, such as log(1e-6..1e-3,7), or have points drawn "+
						"at random", a.Names[0])
		}
		var next []Point
		for _, p := range points {
			for _, values := range a.Values {
				q, err := p.with(a, values)
				if err != nil {
					return nil, err
				}
				next = append(next, q)
			}
		}
		points = next
	}
	return points, checkPoints(points)
}

// with is the point with the values of one more axis.
func (p Point) with(a Axis, values []string) (q Point, err error) {
	q = Point{Names: slices.Concat(p.Names, a.Names), Values: slices.Concat(p.Values, values), Settings: p.Settings}
	for i, name := range a.Names {
		if slices.Contains(p.Names, name) || slices.Contains(a.Names[:i], name) {
			return q, fmt.Errorf("%s is on two axes: name it on one", name)
		}
		if name == "seed" {
			return q, fmt.Errorf("seed is no axis: name the seeds beside them")
		}
		if err := q.Settings.Set(name, values[i]); err != nil {
			return q, err
		}
	}
	return q, nil
}

// Draw draws so many points from the axes at random: evenly from a range without a count, and else one of the values.
// More of the same seed begin with the same points.
func Draw(base runs.Settings, axes []Axis, count int, seed uint64) (points []Point, err error) {
	seen := map[runs.Settings]bool{}
	rng := rand.New(rand.NewPCG(seed, 0))
	for tries := 0; len(points) < count; tries++ {
		if tries > 100*count {
			return nil, fmt.Errorf("the axes have no more than %d different points, and %d are to be drawn",
				len(points), count)
		}
		p := Point{Settings: base}
		for _, a := range axes {
			var values []string
			if share := rng.Float64(); a.ranged() {
				values = []string{between(a.Log, a.From, a.To, share)}
			} else {
				values = a.Values[int(share*float64(len(a.Values)))]
			}
			if p, err = p.with(a, values); err != nil {
				return nil, err
			}
		}
		if !seen[p.Settings] {
			seen[p.Settings] = true
			points = append(points, p)
		}
	}
	return points, checkPoints(points)
}

// checkPoints is an error of the first point that cannot be, or comes twice.
func checkPoints(points []Point) error {
	seen := map[runs.Settings]bool{}
	for _, p := range points {
		if err := p.Settings.Check(); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		if seen[p.Settings] {
			return fmt.Errorf("%s comes twice: name each value once", p)
		}
		seen[p.Settings] = true
	}
	return nil
}

// String is the point in words.
func (p Point) String() string {
	var parts []string
	for i, name := range p.Names {
		parts = append(parts, name+"="+p.Values[i])
	}
	if len(parts) == 0 {
		return "the settings as they are"
	}
	return strings.Join(parts, " ")
}
