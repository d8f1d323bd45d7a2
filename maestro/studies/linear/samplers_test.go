package linear_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/studies/linear"
)

var writeSamplers = flag.Bool("write-samplers", false, "write docs/samplers-linear.md and .csv")

//go:generate go test -run TestSamplersRecover -args -write-samplers

// TestSamplersRecover: with each sampler that draws every rank, SVD recovery is within 1 % of the exact decomposition
// at every rank. With -write-samplers it takes five seeds and two shapes, and writes the tables.
func TestSamplersRecover(t *testing.T) {
	kinds := []lod.SamplerKind{lod.SampleUniform, lod.SampleIndependent, lod.SampleGeometric, lod.SampleImportance,
		lod.SampleAnnealed}
	const every, most = 20, 20_000
	shapes, seeds := [][3]int{{9, 6, 3}}, uint64(1)
	if *writeSamplers {
		shapes, seeds = append(shapes, [3]int{20, 16, 8}), 5
	}
	r := linear.NewRunner(testkit.Backend(t))
	defer r.Close()
	rows := [][]string{{"rows", "cols", "true_rank", "sampler", "seed", "steps"}}
	var text strings.Builder
	text.WriteString("| map | sampler | steps to within 1 %, mean ± sd | p against uniform |\n|---|---|---|---|\n")
	for _, shape := range shapes {
		var uniform []float64
		for _, kind := range kinds {
			var all []float64
			missed := 0
			for seed := uint64(1); seed <= seeds; seed++ {
				s := linear.DefaultSVD()
				s.Rows, s.Cols, s.TrueRank, s.Seed = shape[0], shape[1], shape[2], seed
				n, err := r.StepsToRecover(t.Context(), kind, s, every, most)
				if err != nil {
					t.Fatal(err)
				}
				if n > most {
					missed++
				}
				all = append(all, float64(n))
				rows = append(rows, []string{fmt.Sprint(s.Rows), fmt.Sprint(s.Cols), fmt.Sprint(s.TrueRank),
					string(kind), fmt.Sprint(seed), fmt.Sprint(n)})
			}
			if missed > 0 && !*writeSamplers {
				t.Errorf("%s: not within 1 %% of the exact decomposition after %d steps", kind, most)
			}
			if seeds == 1 {
				continue
			}
			p := "—"
			if kind == lod.SampleUniform {
				uniform = all
			} else {
				p = fmt.Sprintf("%.3f", linear.PairedT(all, uniform))
			}
			mean, sd := stat.MeanStdDev(all, nil)
			name := string(kind)
			if missed > 0 {
				name += fmt.Sprintf(" (%d of %d not in %d steps)", missed, seeds, most)
			}
			fmt.Fprintf(&text, "| %d×%d of rank %d | %s | %.0f ± %.0f | %s |\n", shape[0], shape[1], shape[2], name,
				mean, sd, p)
		}
	}
	if *writeSamplers {
		var table strings.Builder
		if err := csv.NewWriter(&table).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		for name, what := range map[string]string{"samplers-linear.csv": table.String(),
			"samplers-linear.md": text.String()} {
			if err := os.WriteFile(filepath.Join("..", "..", "..", "docs", name), []byte(what), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestPairedT: against a value from a table of Student's t: with 4 degrees of freedom, |t| = 2.776 has p = 0.05.
func TestPairedT(t *testing.T) {
	// Differences of sd √2.5 and five seeds: the standard error is √0.5.
	a, b, shift := make([]float64, 5), make([]float64, 5), 2.7764*math.Sqrt(0.5)
	for i := range a {
		a[i] = float64(i-2) + shift
	}
	if p := linear.PairedT(a, b); math.Abs(p-0.05) > 1e-4 {
		t.Errorf("p is %g, want 0.05", p)
	}
	if p := linear.PairedT(a, a); p != 1 {
		t.Errorf("p is %g of equal numbers", p)
	}
}

// TestHolm: the worked example of three p-values, the least times three, the next times two, none below one before it.
func TestHolm(t *testing.T) {
	for _, c := range []struct{ p, want []float64 }{
		{[]float64{0.01, 0.04, 0.03}, []float64{0.03, 0.06, 0.06}},
		{[]float64{0.5, 0.9}, []float64{1, 1}},
		{nil, []float64{}},
	} {
		if got := linear.Holm(c.p); !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
			t.Errorf("%v becomes %v, want %v", c.p, got, c.want)
		}
	}
}
