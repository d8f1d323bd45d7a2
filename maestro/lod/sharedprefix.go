package lod

// Prefixes says from which layers on a sampled pass is worth compiling apart from the full pass before it, given that
// the two are the same up to the layer that was sampled (PassFrom). Layer 0 is always among them; every other one
// must save a fortieth of the work of the two passes, taken over all (layer, rank) pairs, and there are at most
// `most`. It depends on what is stored alone, so that it comes out the same when a run is resumed.
func Prefixes(layers []Layer, most int) []int {
	chosen := []int{0}
	cost := sharedCost(layers, chosen)
	for len(chosen) < most {
		best, least := 0, cost
		for i := 1; i < len(layers); i++ {
			if c := sharedCost(layers, append(chosen[:len(chosen):len(chosen)], i)); c < least {
				best, least = i, c
			}
		}
		if best == 0 || cost-least < cost/40 {
			break
		}
		chosen, cost = append(chosen, best), least
	}
	return chosen
}

// sharedCost is the mean of the multiply-adds of both passes over all pairs, when the second starts at the last of the
// given layers that is not past the sampled one.
func sharedCost(layers []Layer, splits []int) (mean float64) {
	whole, pairs := 0.0, 0.0
	for _, l := range layers {
		whole += float64(l.Allocated().MACs)
		if !l.Matrix {
			pairs += float64(l.Stored)
		}
	}
	for i, l := range layers {
		if l.Matrix {
			continue
		}
		second := 0.0
		for _, m := range layers[LastPrefix(splits, i):] {
			second += float64(m.Allocated().MACs)
		}
		mean += float64(l.Stored) / pairs * (whole + second)
	}
	return mean
}

// LastPrefix is the largest of splits that is at most layer; 0 if there is none.
func LastPrefix(splits []int, layer int) (last int) {
	for _, f := range splits {
		if f <= layer {
			last = max(last, f)
		}
	}
	return last
}
