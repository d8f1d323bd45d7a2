package plots

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
)

func labels(ticks []plot.Tick) string {
	var out []string
	for _, t := range ticks {
		if !t.IsMinor() {
			out = append(out, t.Label)
		}
	}
	return strings.Join(out, " ")
}

func TestTickLabels(t *testing.T) {
	for _, tc := range []struct {
		ticker plot.Ticker
		lo, hi float64
		want   string
	}{
		{StepTicks{}, -40, 2040, "0 500 1000 1500 2000"},
		{StepTicks{}, -52, 2552, "0 500 1000 1500 2000 2500"},
		{StepTicks{}, -200, 10200, "0 2k 4k 6k 8k 10k"},
		{StepTicks{}, 9990, 10510, "10000 10100 10200 10300 10400 10500"},
		{StepTicks{}, 4, 6, "4 5 6"},
		{StepTicks{}, 0, 1.2e7, "0 2M 4M 6M 8M 10M 12M"},
		{StepTicks{}, 0, 4e10, "0 10G 20G 30G 40G"},
		{StepTicks{}, -3e4, 3e4, "−30k −20k −10k 0 10k 20k 30k"},
		{StepTicks{}, 0, 3e300, "0 5×10²⁹⁹ 10³⁰⁰ 1.5×10³⁰⁰ 2.0×10³⁰⁰ 2.5×10³⁰⁰"},
		{LinearTicks{}, -0.05, 1.05, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{LinearTicks{}, -0.4, 9.9, "0 2 4 6 8"},
		{LinearTicks{}, -1.1, 0.3, "−1.0 −0.5 0.0"},
		{LinearTicks{}, 0, 0.011, "0.000 0.002 0.004 0.006 0.008 0.010"},
		{LinearTicks{}, 0, 4e-9, "0 1e−09 2e−09 3e−09 4e−09"},
		{LogTicks{}, 0.9e-3, 1.1, "10⁻³ 10⁻² 10⁻¹ 10⁰"},
		{LogTicks{}, 1e-5, 1e2, "10⁻⁵ 10⁻⁴ 10⁻³ 10⁻² 10⁻¹ 10⁰ 10¹ 10²"},
		{LogTicks{}, 1e-33, 1e2, "10⁻³⁰ 10⁻²⁵ 10⁻²⁰ 10⁻¹⁵ 10⁻¹⁰ 10⁻⁵ 10⁰"},
		{RankTicks{}, 0.5, 120.5, "1 20 40 60 80 100 120"},
		{RankTicks{}, 0.5, 10.5, "2 4 6 8 10"},
		{RankTicks{}, 0.5, 1.5, "1"},
		{CostTicks{}, 0, 290e3, "0 50k 100k 150k 200k 250k"},
		{CostTicks{}, 0, 1.2e6, "0 0.2M 0.4M 0.6M 0.8M 1.0M 1.2M"},
		{CostTicks{}, 0, 0.58e9, "0 100M 200M 300M 400M 500M"},
		{CostTicks{}, 0, 50, "0 10 20 30 40 50"},
		{CostTicks{Log: true}, 90e3, 290e3, "100k 150k 200k 250k"},
		{CostTicks{Log: true}, 6e3, 50e3, "10k 20k 50k"},
		{CostTicks{Log: true, Apart: 0.18}, 62e3, 300e3, "100k 150k 200k 300k"}, // 250k would touch its neighbours
		{CostTicks{Log: true, Apart: 0.18}, 8e6, 37e6, "10M 15M 20M 30M"},
		{CostTicks{Log: true}, 6e3, 2e6, "10k 100k 1M"},
	} {
		if got := labels(tc.ticker.Ticks(tc.lo, tc.hi)); got != tc.want {
			t.Errorf("%T from %g to %g: %q, want %q", tc.ticker, tc.lo, tc.hi, got, tc.want)
		}
	}
}

func TestLogTicksMinor(t *testing.T) {
	minor := 0
	for _, tick := range (LogTicks{}).Ticks(0.5, 20) {
		if tick.IsMinor() {
			minor++
		}
		if tick.Value < 0.5-1e-12 || tick.Value > 20+1e-12 {
			t.Errorf("tick at %g is out of range", tick.Value)
		}
	}
	if want := 5 + 8 + 1; minor != want { // 0.5 to 0.9, 2 to 9, 20
		t.Errorf("%d minor ticks, want %d", minor, want)
	}
}

// Labels thin out rather than crowd, and two are the fewest to read an axis by.
func TestTickCount(t *testing.T) {
	for e := -300.0; e < 300; e += 7.3 {
		for _, span := range []float64{0.01, 0.4, 1, 3, 9, 40, 300} {
			if e+span > 308 {
				continue
			}
			lo, hi := logRange(math.Pow(10, e), math.Pow(10, e+span))
			n := len(strings.Fields(labels(LogTicks{}.Ticks(lo, hi))))
			if n < 2 || n > 8 {
				t.Errorf("log axis from %g to %g has %d labels", lo, hi, n)
			}
		}
	}
	for hi := 1e-12; hi < 1e12; hi *= 1.7 {
		lo, hi := linearRange(0, hi)
		ls := strings.Fields(labels(LinearTicks{}.Ticks(lo, hi)))
		if len(ls) < 3 || len(ls) > 7 {
			t.Errorf("axis from %g to %g has labels %v", lo, hi, ls)
		}
		seen := map[string]bool{}
		for _, l := range ls {
			if seen[l] {
				t.Errorf("axis from %g to %g has label %s twice: %v", lo, hi, l, ls)
			}
			seen[l] = true
		}
	}
	for last := 1; last < 2_000_000; last += last/2 + 1 {
		lo, hi := stepRange([]int{0, last})
		for _, l := range strings.Fields(labels(StepTicks{}.Ticks(lo, hi))) {
			var n int
			if _, err := fmt.Sscanf(l, "%d", &n); err != nil || strings.ContainsAny(l, ".e") {
				t.Errorf("steps to %d: label %q", last, l)
			}
		}
	}
}
