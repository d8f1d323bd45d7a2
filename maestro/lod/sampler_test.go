package lod_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// TestUniformCycles: in every cycle each pair of each layer comes exactly once, and cycles differ in order.
func TestUniformCycles(t *testing.T) {
	ranks := []int{3, 0, 5, 1}
	s, err := lod.NewUniform(ranks, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	var cycles [][]lod.Pair
	for range 20 {
		seen := map[lod.Pair]int{}
		var order []lod.Pair
		for range 3 + 0 + 5 + 1 {
			p := s.Next()
			seen[p]++
			order = append(order, p)
		}
		want := map[lod.Pair]int{}
		for layer, r := range ranks {
			for b := 1; b <= r; b++ {
				want[lod.Pair{Layer: layer, Rank: b}] = 1
			}
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Fatalf("pairs of a cycle (-want +got):\n%s", diff)
		}
		cycles = append(cycles, order)
	}
	if cmp.Equal(cycles[0], cycles[1]) && cmp.Equal(cycles[1], cycles[2]) {
		t.Error("three cycles in the same order: the pairs are not shuffled")
	}
}

// TestUniformIsUniform: over many cycles every pair is as often first as any other, within five standard deviations.
func TestUniformIsUniform(t *testing.T) {
	const ranks, cycles = 6, 6000
	s, err := lod.NewUniform([]int{ranks}, rand.New(rand.NewPCG(2, 2)))
	if err != nil {
		t.Fatal(err)
	}
	first := map[int]int{}
	for i := range ranks * cycles {
		if p := s.Next(); i%ranks == 0 {
			first[p.Rank]++
		}
	}
	for b := 1; b <= ranks; b++ {
		// A binomial count with mean 1000 has a standard deviation of 29.
		if n := first[b]; n < 1000-5*29 || n > 1000+5*29 {
			t.Errorf("rank %d came first in %d of %d cycles, want about %d", b, n, cycles, cycles/ranks)
		}
	}
}

func TestUniformRepeatsWithItsSeed(t *testing.T) {
	draw := func(seed uint64) (pairs []lod.Pair) {
		s, err := lod.NewUniform([]int{4, 4}, rand.New(rand.NewPCG(seed, 0)))
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			pairs = append(pairs, s.Next())
		}
		return pairs
	}
	if !cmp.Equal(draw(1), draw(1)) {
		t.Error("the same seed draws other pairs")
	}
	if cmp.Equal(draw(1), draw(2)) {
		t.Error("two seeds draw the same pairs")
	}
}

func TestUniformRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, ranks := range [][]int{nil, {0, 0}, {2, -1}} {
		if _, err := lod.NewUniform(ranks, rng); err == nil {
			t.Errorf("ranks %v: no error", ranks)
		}
	}
}

// TestResizeRefuses: a sampler of any kind takes no negative rank, says which layer has it, and goes on as it was;
// layers that are all at rank 0 have nothing to sample and are no error.
func TestResizeRefuses(t *testing.T) {
	layers := []lod.Layer{{Name: "a", Outputs: 4, Inputs: 4, Rank: 2}, {Name: "b", Outputs: 4, Inputs: 4, Rank: 3}}
	negative, empty := slices.Clone(layers), slices.Clone(layers)
	negative[1].Rank, empty[0].Rank, empty[1].Rank = -1, 0, 0
	const say = "layer b has rank -1"
	for _, name := range lod.SamplerNames() {
		if _, err := lod.NewSampler(lod.SamplerKind(name), negative, 1); err == nil ||
			!strings.Contains(err.Error(), say) {
			t.Errorf("%s: error is %v, want it to say %q", name, err, say)
		}
		s, err := lod.NewSampler(lod.SamplerKind(name), layers, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Resize(negative); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: error is %v, want it to say %q", name, err, say)
		}
		if err := s.Draw().Check(layers); err != nil {
			t.Errorf("%s: after an error: %v", name, err)
		}
		if err := s.Resize(empty); err != nil {
			t.Errorf("%s: all ranks 0: %v", name, err)
		}
		if err := s.Draw().Check(empty); err != nil {
			t.Errorf("%s: all ranks 0: %v", name, err)
		}
	}
}
