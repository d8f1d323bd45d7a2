package compress

import (
	"math"
	"slices"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// sizes computes sizes of a network at any ranks.
type sizes struct {
	layers []lod.Layer
	other  int64 // parameters that are in no weight matrix
}

func sizesOf(n *lod.Network) sizes {
	z := sizes{layers: slices.Clone(n.Layers)}
	for v := range n.Store().RootScope().At("model").IterVariables() {
		if name := v.Name(); v.Trainable && name != "u" && name != "v" && name != "matrix" {
			z.other += int64(v.Shape().Size())
		}
	}
	return z
}

// layer is the index-th layer at a rank; a matrix stays as it is.
func (z sizes) layer(index, rank int) lod.Layer {
	l := z.layers[index]
	if !l.Matrix {
		l.Rank = rank
	}
	return l
}

func (z sizes) at(ranks []int) (s runs.Size) {
	for i, r := range ranks {
		s.Cost = s.Cost.Plus(z.layer(i, r).Deployed())
	}
	s.Parameters = s.Weights + z.other
	return s
}

// whole is the non-factorised network.
func (z sizes) whole() (s runs.Size) {
	for _, l := range z.layers {
		s.Cost = s.Cost.Plus(l.Whole())
	}
	s.Parameters = s.Weights + z.other
	return s
}

// computed is what a compiled forward pass computes with so many columns stored; it multiplies the factors first
// where they outweigh the matrix.
func computed(layers []lod.Layer, columns func(lod.Layer) int) (macs float64) {
	for _, l := range layers {
		if !l.Matrix {
			l.Rank = columns(l)
		}
		macs += float64(l.Deployed().MACs)
	}
	return macs
}

// breakEven is the largest rank at which the layer's factors are smaller than its matrix.
func breakEven(l lod.Layer) int {
	return max(0, (l.Outputs*l.Inputs-1)/(l.Outputs+l.Inputs))
}

// lower lists the ranks that removing each of the shares would leave the layer with, highest first. A removal that
// saves nothing, as factors are then larger than the matrix, or slower, goes on to the first rank that does, if there
// is one.
func lower(l lod.Layer, shares []float64, saves func(rank int) bool) (ranks []int) {
	if l.Sampled() == 0 {
		return nil
	}
	for _, share := range shares {
		rank := l.Rank - max(1, int(math.Round(share*float64(l.Rank))))
		for rank >= 0 && !saves(rank) {
			rank--
		}
		if rank >= 0 {
			ranks = append(ranks, rank)
		}
	}
	slices.Sort(ranks)
	ranks = slices.Compact(ranks)
	slices.Reverse(ranks)
	return ranks
}

// savesMACs says of ranks whether the deployed layer has fewer MACs with them.
func savesMACs(l lod.Layer) func(rank int) bool {
	return func(rank int) bool {
		lowered := l
		lowered.Rank = rank
		return lowered.Deployed().MACs < l.Deployed().MACs
	}
}

// segments are the layers that segments of about equal MACs begin at: 0, and at most so many in all.
func segments(layers []lod.Layer, most int) []int {
	first, total := []int{0}, 0.0
	for _, l := range layers {
		total += float64(l.Deployed().MACs)
	}
	before := 0.0
	for i, l := range layers {
		if len(first) < most && i > 0 && before >= total*float64(len(first))/float64(most) {
			first = append(first, i)
		}
		before += float64(l.Deployed().MACs)
	}
	return first
}

// SizeOf is what a network takes deployed at its current ranks.
func SizeOf(n *lod.Network) runs.Size { return sizesOf(n).at(n.Ranks()) }

// Candidates is how many removals a step of an exhaustive search tries from the given ranks.
func Candidates(n *lod.Network, ranks []int, shares []float64) (count int) {
	z := sizesOf(n)
	for i, rank := range ranks {
		l := z.layer(i, rank)
		count += len(lower(l, shares, savesMACs(l)))
	}
	return count
}
