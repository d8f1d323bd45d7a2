package baselines

import (
	"fmt"
	"math"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// Spectra are the singular values of each layer's weights at its inputs, wΣ^½ with lod.Moments.Spread as Σ, largest
// first: the error of cutting a layer to rank r is the sum of the squares after the first r.
func Spectra(n *lod.Network, moments []lod.Moments) (all [][]float64, err error) {
	if len(moments) != len(n.Layers) {
		return nil, fmt.Errorf("%d second moments for %d layers", len(moments), len(n.Layers))
	}
	for i := range n.Layers {
		w, err := n.Weight(i)
		if err != nil {
			return nil, err
		}
		_, _, values := lod.FactoriseFor(w, moments[i].Spread(n.Layers[i]))
		all = append(all, values)
	}
	return all, nil
}

// Allocate gives every layer a rank, or leaves it whole (its full rank), so that the layers take at most budget MACs
// and the sum of their relative errors is as small as for any network as small: for a price of a multiply-add, each
// layer takes the rank at which its error and its price are least together, and the price is raised until the budget is
// met (Lagrange; so the ranks are the best ones for the MACs that they take, which may be a little below budget). It is
// an error where even rank 1 in every layer takes more. Layers that the model keeps whole are left so.
func Allocate(layers []lod.Layer, spectra [][]float64, budget int64) ([]int, error) {
	at := func(price float64) (ranks []int, macs int64) {
		for i, l := range layers {
			best, least, cost := 0, math.Inf(1), int64(0)
			for rank := 1; rank <= l.Full(); rank++ {
				if rank < l.Full() && l.Kept {
					continue
				}
				c := costOf(l, rank)
				if value := relativeError(spectra[i], rank) + price*float64(c); value < least {
					best, least, cost = rank, value, c
				}
			}
			ranks, macs = append(ranks, best), macs+cost
		}
		return ranks, macs
	}
	low, high := 0.0, 1.0 // per multiply-add of one example: at 1 every layer takes its least
	ranks, macs := at(low)
	if macs <= budget {
		return ranks, nil
	}
	if ranks, macs = at(high); macs > budget {
		return nil, fmt.Errorf("the budget is %d MACs, and the layers take %d at rank 1", budget, macs)
	}
	for range 200 {
		middle := math.Sqrt(max(low, 1e-18) * high)
		if some, took := at(middle); took <= budget {
			high, ranks = middle, some
		} else {
			low = middle
		}
	}
	return ranks, nil
}

// costOf are the MACs of a layer deployed at a rank; at its full one it is one matrix.
func costOf(l lod.Layer, rank int) int64 {
	l.Matrix, l.Rank = rank == l.Full(), rank
	return l.Deployed().MACs
}

// relativeError is what cutting to a rank leaves of the energy, from 0 to 1; nothing where a layer is whole.
func relativeError(spectrum []float64, rank int) float64 {
	total, left := 0.0, 0.0
	for k, s := range spectrum {
		total += s * s
		if k >= rank {
			left += s * s
		}
	}
	if total == 0 || rank >= len(spectrum) {
		return 0
	}
	return left / total
}
