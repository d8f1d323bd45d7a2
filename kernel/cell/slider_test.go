package cell

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func texts(s *Slider) (all []string) {
	for _, p := range s.positions {
		all = append(all, p.text)
	}
	return all
}

func TestSliderPositions(t *testing.T) {
	tests := map[string]struct {
		slider Slider
		want   string // all positions
	}{
		"linear":               {Slider{Min: 0, Max: 1, Step: 0.25}, "0.00 0.25 0.50 0.75 1.00"},
		"not ending on a step": {Slider{Min: 0, Max: 1, Step: 0.4}, "0.0 0.4 0.8 1"},
		"from below 0":         {Slider{Min: -0.2, Max: 0.2, Step: 0.1}, "-0.2 -0.1 0.0 0.1 0.2"},
		"whole numbers":        {Slider{Min: 3, Max: 6, Step: 1, Value: 3}, "3 4 5 6"},
		"a value between":      {Slider{Min: 3, Max: 5, Step: 1, Value: 3.14159}, "3 3.14159 4 5"},
		"log": {Slider{Min: 1e-3, Max: 1e-1, Value: 0.01, Log: true, PerDecade: 3},
			"0.001 0.0022 0.0046 0.01 0.022 0.046 0.1"},
		"log, small, with 0": {Slider{Min: 1e-7, Max: 1e-6, Log: true, PerDecade: 4, Stops: []float64{0}},
			"0 1e-7 1.8e-7 3.2e-7 5.6e-7 1e-6"},
		"log, stops in and beyond": {Slider{Min: 1, Max: 10, Log: true, PerDecade: 2, Value: 1,
			Stops: []float64{50, 5}}, "1 3.2 5 10 50"},
		"log, off the decades": {Slider{Min: 2e-5, Max: 7e-5, Log: true, PerDecade: 5, Value: 2e-5},
			"2e-5 2.5e-5 4e-5 6.3e-5 7e-5"},
		"log, large": {Slider{Min: 1e5, Max: 1e7, Log: true, PerDecade: 1, Value: 1e5}, "100000 1e6 1e7"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &test.slider
			if err := s.prepare(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Fields(test.want), texts(s)); diff != "" {
				t.Errorf("positions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSliderThereAndBack: each position's value leads back to the position, on scales as fine as they get; neighbours
// can be told apart and what is shown is the value to the last digit.
func TestSliderThereAndBack(t *testing.T) {
	sliders := map[string]*Slider{
		"lambda":     {Min: 1e-7, Max: 1e-2, Log: true, Stops: []float64{0}, Value: 1.23e-5},
		"fine log":   {Min: 1e-12, Max: 1e12, Log: true, PerDecade: 150, Value: 1},
		"100 a log":  {Min: 1, Max: 1000, Log: true, PerDecade: 100, Value: 1},
		"linear":     {Min: -1, Max: 1, Value: 0.3333},
		"wide":       {Min: 0, Max: 1e9},
		"tiny":       {Min: 1e-9, Max: 2e-9, Value: 1e-9},
		"thousands":  {Min: 0, Max: 1, Step: 0.00025},
		"odd bounds": {Min: 0.37, Max: 11.91, Value: 5},
	}
	for name, s := range sliders {
		t.Run(name, func(t *testing.T) {
			start := s.Value
			if err := s.prepare(); err != nil {
				t.Fatal(err)
			}
			if s.positions[s.state()].value != start {
				t.Errorf("the value %g at the start has become %g", start, s.positions[s.state()].value)
			}
			seen := map[string]bool{}
			for i, p := range s.positions {
				if err := s.take(i); err != nil {
					t.Fatal(err)
				}
				if s.Value != p.value || s.state() != i || s.text() != p.text {
					t.Fatalf("position %d, %s, leads back to %d, %s", i, p.text, s.state(), s.text())
				}
				if i > 0 && p.value <= s.positions[i-1].value {
					t.Fatalf("%g follows %g", p.value, s.positions[i-1].value)
				}
				if seen[p.text] {
					t.Errorf("two positions read %s", p.text)
				}
				seen[p.text] = true
			}
			if first, last := s.positions[0].value, s.positions[len(s.positions)-1].value; s.Stops == nil &&
				(first != s.Min || last != s.Max) {
				t.Errorf("it goes from %g to %g, want %g to %g", first, last, s.Min, s.Max)
			}
		})
	}
}

// TestSliderIsEvenInTheLogarithm: a decade has as many positions anywhere, so that a drag of equal length is an equal
// factor.
func TestSliderIsEvenInTheLogarithm(t *testing.T) {
	s := &Slider{Min: 1e-7, Max: 1e-2, Log: true, Value: 1e-7}
	if err := s.prepare(); err != nil {
		t.Fatal(err)
	}
	if len(s.positions) != 101 {
		t.Fatalf("%d positions, want 20 for each of 5 decades and the last", len(s.positions))
	}
	for i, p := range s.positions {
		if off := math.Log10(p.value) - (-7 + float64(i)/20); math.Abs(off) > 0.022 { // two digits are off by up to 5 %
			t.Errorf("position %d is %s, off by a factor of %.3f", i, p.text, math.Pow(10, off))
		}
	}
}

// TestSliderNearest: a value that is set in between goes to the nearest position as the scale has it.
func TestSliderNearest(t *testing.T) {
	logarithmic := &Slider{Min: 1, Max: 1000, Log: true, PerDecade: 1, Value: 1, Stops: []float64{0}}
	linear := &Slider{Min: 0, Max: 1000, Step: 100}
	for _, s := range []*Slider{logarithmic, linear} {
		if err := s.prepare(); err != nil {
			t.Fatal(err)
		}
	}
	for x, want := range map[float64][2]string{40: {"100", "0"}, 20: {"10", "0"}, 1e9: {"1000", "1000"}, 0: {"0", "0"},
		1e-9: {"1", "0"}, 260: {"100", "300"}, 330: {"1000", "300"}} {
		for i, s := range []*Slider{logarithmic, linear} {
			if got := s.positions[s.nearest(x)].text; got != want[i] {
				t.Errorf("nearest to %g is %s, want %s", x, got, want[i])
			}
		}
	}
}

func TestSliderStride(t *testing.T) {
	for want, s := range map[int]*Slider{
		20: {Min: 1e-7, Max: 1e-2, Log: true, Value: 1e-7}, 5: {Min: 1, Max: 100, Log: true, PerDecade: 5, Value: 1},
		10: {Min: 0, Max: 1}, 1: {Min: 0, Max: 3, Step: 1},
	} {
		if err := s.prepare(); err != nil {
			t.Fatal(err)
		}
		if got := s.stride(); got != want {
			t.Errorf("Page Up on %g to %g goes %d positions, want %d", s.Min, s.Max, got, want)
		}
	}
}
