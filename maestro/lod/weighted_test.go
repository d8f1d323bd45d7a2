package lod_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/maestro-lod/notebook/maestro/lod"
)

type weighted interface {
	lod.Sampler
	Probabilities(layer int) []float64
	Correction(layer, rank int) float64
}

func twoLayers() []lod.Layer {
	return []lod.Layer{{Name: "a", Outputs: 4, Inputs: 4, Rank: 3}, {Name: "b", Outputs: 9, Inputs: 9, Rank: 5}}
}

func weightedSamplers(t *testing.T, layers []lod.Layer, seed uint64) map[string]weighted {
	t.Helper()
	all := map[string]weighted{}
	for _, kind := range []lod.SamplerKind{lod.SampleGeometric, lod.SampleImportance, lod.SampleAnnealed} {
		s, err := lod.NewSampler(kind, layers, seed)
		if err != nil {
			t.Fatal(err)
		}
		if l, ok := s.(lod.Learner); ok {
			if err := l.Learn([][]float64{{4, 2, 0}, {1, 9, 3, 3, 1}}); err != nil {
				t.Fatal(err)
			}
		}
		all[string(kind)] = s.(weighted)
	}
	return all
}

// TestWeightedFrequencies: counts of draws fit the probabilities by Pearson's chi-square, below its 99.9th percentile,
// and Correction makes every rank count the same. Annealing has settled before the counting.
func TestWeightedFrequencies(t *testing.T) {
	const draws = 40_000
	layers := twoLayers()
	for name, s := range weightedSamplers(t, layers, 7) {
		for range 10_000 {
			s.Draw()
		}
		var counts, want []float64
		for i, l := range layers {
			p, corrected := s.Probabilities(i), 0.0
			for b, x := range p {
				want = append(want, draws*x*float64(l.Rank)/8)
				corrected += x * s.Correction(i, b+1)
			}
			if math.Abs(corrected-1) > 1e-12 {
				t.Errorf("%s: corrections average %g in layer %s, want 1", name, corrected, l.Name)
			}
			counts = append(counts, make([]float64, l.Rank)...)
		}
		// A draw at a layer's own rank shows no layer: both last ranks are one cell.
		for range draws {
			switch d := s.Draw(); {
			case d.Ranks[0] < 3:
				counts[d.Ranks[0]-1]++
			default:
				counts[2+d.Ranks[1]]++
			}
		}
		want[7], want, counts = want[7]+want[2], slices.Delete(want, 2, 3), slices.Delete(counts, 2, 3)
		want[6] = draws
		for _, x := range want[:6] {
			want[6] -= x
		}
		limit := distuv.ChiSquared{K: float64(len(want) - 1)}.Quantile(0.999)
		if x := stat.ChiSquare(counts, want); x > limit {
			t.Errorf("%s: chi-square %.1f above %.1f: drew %v, want %v", name, x, limit, counts, want)
		}
	}
}

// TestWeightedProbabilities: they are those of the formulas in the doc comments.
func TestWeightedProbabilities(t *testing.T) {
	all := weightedSamplers(t, twoLayers(), 1)
	for name, want := range map[string][]float64{
		"geometric":  {1, math.Sqrt(0.1), 0.1},
		"annealed":   {0.1, math.Sqrt(0.1), 1}, // at its start
		"importance": {0.9*4/6 + 0.1/3, 0.9*2/6 + 0.1/3, 0.1 / 3},
	} {
		sum := want[0] + want[1] + want[2]
		for b, p := range all[name].Probabilities(0) {
			if math.Abs(p-want[b]/sum) > 1e-12 {
				t.Errorf("%s: rank %d has probability %g, want %g", name, b+1, p, want[b]/sum)
			}
		}
	}
}

// TestWeightedGoesOn: after ranks fell, one to 0, a sampler draws what the layers have, and one restored from its state
// draws the same.
func TestWeightedGoesOn(t *testing.T) {
	small := twoLayers()
	small[0].Rank, small[1].Rank = 0, 3
	others := weightedSamplers(t, small, 99)
	for name, s := range weightedSamplers(t, twoLayers(), 1) {
		for range 3_000 {
			s.Draw()
		}
		if err := s.Resize(small); err != nil {
			t.Fatal(err)
		}
		state, err := s.State()
		if err != nil {
			t.Fatal(err)
		}
		if err := others[name].Restore(state); err != nil {
			t.Fatal(err)
		}
		for range 3_000 {
			want, got := s.Draw(), others[name].Draw()
			if err := want.Check(small); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s: the restored sampler draws otherwise:\n%s", name, diff)
			}
		}
	}
}

func TestWeightedRefuses(t *testing.T) {
	layers := twoLayers()
	for name, err := range map[string]error{
		"negative last": second(lod.Geometric{Last: -1}.New(layers, 1)),
		"NaN":           second(lod.Geometric{Last: math.NaN()}.New(layers, 1)),
		"draws":         second(lod.Annealed{Draws: -1}.New(layers, 1)),
		"floor":         second(lod.ByImportance{Floor: 2}.New(layers, 1)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	s, err := lod.ByImportance{}.New(layers, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, norms := range [][][]float64{{{1, 1, 1}}, {{1}, {1}}, {{1, 1, math.NaN()}, {1, 1, 1, 1, 1}},
		{{1, 1, -1}, {1, 1, 1, 1, 1}}} {
		if err := s.Learn(norms); err == nil {
			t.Errorf("norms %v: no error", norms)
		}
	}
}

func second[T any](_ T, err error) error { return err }
