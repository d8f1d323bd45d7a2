package cell

import (
	"errors"
	"fmt"
	"html"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Slider chooses a number. It moves between positions that its value is exactly at, as the readout beside it shows
// it: on a linear scale multiples of Step from Min on, on a logarithmic one numbers of few digits at even distances
// in the logarithm, 1e-5, 1.1e-5, 1.3e-5 and so on. Stops and the Value it starts with are positions as well,
// wherever they lie.
type Slider struct {
	Label    string
	Min, Max float64
	Value    float64 // at the start, and then what is chosen

	Log       bool    // a logarithmic scale, from Min > 0 on
	PerDecade int     // positions for a factor of ten on it; 0 for 20
	Step      float64 // between two positions of a linear scale; 0 for about a hundredth of it, rounded
	// further values; those outside Min to Max, such as 0 beside a logarithmic scale, lie at its ends
	Stops []float64

	positions []position
}

// position is one place of a slider.
type position struct {
	value float64
	text  string
}

// mostPositions is more than a slider has pixels.
const mostPositions = 4000

func (s *Slider) label() string { return s.Label }

// prepare checks the slider and finds its positions.
func (s *Slider) prepare() error {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("slider %q: %w", s.Label, fmt.Errorf(format, args...))
	}
	for _, x := range append([]float64{s.Min, s.Max, s.Value, s.Step}, s.Stops...) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fault("%g cannot be a setting or value of it", x)
		}
	}
	switch {
	case s.Min >= s.Max:
		return fault("it goes from %g to %g: the second must be larger", s.Min, s.Max)
	case s.Log && s.Min <= 0:
		return fault("a logarithmic scale begins above 0, not at %g; 0 itself can be one of Stops", s.Min)
	case s.Log && s.Step != 0:
		return fault("a logarithmic scale has PerDecade in place of Step")
	case s.PerDecade < 0 || s.Step < 0:
		return fault("Step and PerDecade cannot be negative")
	case (s.Value < s.Min || s.Value > s.Max) && !slices.Contains(s.Stops, s.Value):
		return fault("its value %g is neither within %g to %g nor one of Stops", s.Value, s.Min, s.Max)
	}
	scale, err := s.scale()
	if err != nil {
		return fault("%w", err)
	}
	for _, x := range append([]float64{s.Min, s.Max, s.Value}, s.Stops...) {
		scale = with(scale, x)
	}
	s.positions = scale
	return nil
}

// scale are the even positions, rising.
func (s *Slider) scale() ([]position, error) {
	var scale []position
	if s.Log {
		per := s.PerDecade
		if per == 0 {
			per = 20
		}
		first, last := math.Ceil(math.Log10(s.Min)*float64(per)-1e-9), math.Floor(math.Log10(s.Max)*float64(per)+1e-9)
		if last-first > mostPositions {
			return nil, fmt.Errorf("PerDecade of %d makes %.0f positions, more than %d", per, last-first, mostPositions)
		}
		digits := 2 // in which neighbours of up to 25 positions a decade differ, as 1.0 and 1.1 do
		for n := 25; n < per; n *= 10 {
			digits++
		}
		for k := first; k <= last; k++ {
			x := rounded(math.Pow(10, k/float64(per)), digits)
			if x >= s.Min && x <= s.Max && (len(scale) == 0 || x > scale[len(scale)-1].value) {
				scale = append(scale, position{x, compact(x, digits)})
			}
		}
		return scale, nil
	}
	step := s.Step
	if step == 0 {
		step = niceStep((s.Max - s.Min) / 100)
	}
	n := math.Floor((s.Max-s.Min)/step + 1e-9)
	if n > mostPositions {
		return nil, fmt.Errorf("a Step of %g makes %.0f positions, more than %d", step, n, mostPositions)
	}
	decimals := max(decimalsOf(step), decimalsOf(s.Min))
	for k := 0.0; k <= n; k++ {
		text := strconv.FormatFloat(s.Min+k*step, 'f', decimals, 64)
		x, _ := strconv.ParseFloat(text, 64) // the number that the text says, not one beside it
		scale = append(scale, position{x, text})
	}
	return scale, nil
}

// with puts x at its place among the positions, unless it has one.
func with(scale []position, x float64) []position {
	at := sort.Search(len(scale), func(i int) bool { return scale[i].value >= x })
	if at < len(scale) && scale[at].value == x {
		return scale
	}
	return slices.Insert(scale, at, position{x, compact(x, 15)})
}

// nearest is the index of the position nearest to x, on the scale that the slider has.
func (s *Slider) nearest(x float64) int {
	distance := func(i int) float64 {
		v := s.positions[i].value
		if v == x {
			return 0
		}
		if s.Log && v > 0 && x > 0 {
			return math.Abs(math.Log(v / x))
		}
		if s.Log {
			return math.Inf(1) // 0 is infinitely far on a logarithmic scale
		}
		return math.Abs(v - x)
	}
	best := 0
	for i := range s.positions {
		if distance(i) < distance(best) {
			best = i
		}
	}
	return best
}

// stride is how many positions Page Up and Page Down go: a factor of ten, or a tenth of the way.
func (s *Slider) stride() int {
	if s.Log && s.PerDecade > 0 {
		return s.PerDecade
	}
	if s.Log {
		return 20
	}
	return max(1, (len(s.positions)+5)/10)
}

func (s *Slider) state() int { return s.nearest(s.Value) }

func (s *Slider) take(state int) error {
	if state < 0 || state >= len(s.positions) {
		return errors.New("a position that the slider does not have")
	}
	s.Value = s.positions[state].value
	return nil
}

func (s *Slider) text() string { return s.positions[s.state()].text }

func (s *Slider) html(id string) string {
	texts := make([]string, len(s.positions))
	width := 0
	for i, p := range s.positions {
		texts[i] = p.text
		width = max(width, len(p.text))
	}
	now := html.EscapeString(s.text())
	return fmt.Sprintf(`<label for="%[1]s">%[2]s</label> `+
		`<input type="range" id="%[1]s" min="0" max="%[3]d" step="1" value="%[4]d" aria-valuetext="%[5]s" data-stride="%[6]d" data-texts="%[7]s" disabled> `+
		`<output for="%[1]s" style="min-width:%[8]dch">%[5]s</output>`,
		id, html.EscapeString(s.Label), len(s.positions)-1, s.state(), now, s.stride(),
		html.EscapeString(strings.Join(texts, " ")), width)
}

// rounded is x to that many significant digits.
func rounded(x float64, digits int) float64 {
	y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
	return y
}

// niceStep is 1, 2 or 5 times a power of ten, at least x.
func niceStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x*(1-1e-9) {
			return rounded(m*power, 1)
		}
	}
	return rounded(10*power, 1)
}

// decimalsOf is how many digits x has after the point.
func decimalsOf(x float64) int {
	text := strconv.FormatFloat(x, 'f', -1, 64)
	_, after, _ := strings.Cut(text, ".")
	return len(after)
}
