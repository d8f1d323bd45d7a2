package compress

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Rung is one network of a ladder.
type Rung struct {
	Step  int    `csv:"step"`  // 0 is the network the search began with
	Layer string `csv:"layer"` // whose ranks this step removed; "" at step 0
	runs.Size
	// predicted from the profile; 0 where the search is not by latency
	LatencyMS float64 `csv:"latency_ms,omitzero"`
	// the mean on the search's batch, with the batch norms' statistics of that batch
	Loss float64 `csv:"loss"`
	// with recalibrated batch norms; zero where it was not measured
	Validation  runs.Measured `csv:"validation_,omitzero"`
	Evaluations int           `csv:"evaluations"` // of candidates that the step took
	Seconds     float64       `csv:"seconds"`     // the step took, measuring the validation split left out
	Ranks       []int         `csv:"ranks"`       // of every layer
}

// search is the state of a greedy search.
type search struct {
	run      *train.Run
	probe    *train.Probe
	settings Settings
	sizes    sizes
	profile  *Profile // of latency, or nil
	splits   []int    // layers that segments begin at
	scores   []layerScores
	wasted   float64 // evaluations' worth of work on dead columns since the last compilation
}

// layerScores are what a step found about a layer's candidates.
type layerScores struct {
	step       int // it was found at; -1 for never
	candidates []candidate
}

// candidate is a layer at a lower rank.
type candidate struct {
	layer, rank         int
	loss                float64 // of the network with it
	lossIncrease, saved float64 // of the loss, and the fall of the metric
}

// before says which candidate is taken first: of those that raise the loss the one that raises it least by what it
// saves, and before them those that do not raise it, the largest saving first.
func (c candidate) before(d candidate) bool {
	if free := c.lossIncrease <= 0; free != (d.lossIncrease <= 0) {
		return free
	} else if free {
		return c.saved > d.saved
	}
	return c.lossIncrease/c.saved < d.lossIncrease/d.saved
}

// newSearch starts from the run's network at the given ranks.
func newSearch(run *train.Run, s Settings, profile *Profile) (*search, error) {
	if s.By == Latency && profile == nil {
		return nil, fmt.Errorf("a search by latency needs a profile")
	}
	probe, err := run.NewProbe(s.Examples, s.Seed)
	if err != nil {
		return nil, err
	}
	z := &search{run: run, probe: probe, settings: s, sizes: sizesOf(run.Network), profile: profile}
	z.splits = segments(run.Network.Layers, s.Prefixes)
	z.forget()
	return z, nil
}

// forget makes every score void.
func (z *search) forget() {
	z.scores = make([]layerScores, len(z.run.Network.Layers))
	for i := range z.scores {
		z.scores[i].step = -1
	}
}

// start is the network as it is, step 0 of a ladder.
func (z *search) start() (Rung, error) {
	ranks := z.run.Network.Ranks()
	losses, err := z.probe.Losses(0, [][]int{ranks})
	if err != nil {
		return Rung{}, err
	}
	return z.rung(0, "", ranks, losses[0]), nil
}

func (z *search) rung(step int, layer string, ranks []int, loss float64) Rung {
	r := Rung{Step: step, Layer: layer, Ranks: ranks, Size: z.sizes.at(ranks), Loss: loss}
	if z.profile != nil {
		r.LatencyMS = z.profile.LatencyMS(ranks)
	}
	return r
}

// next takes the best removal from a rung, whatever it does to the loss, so that a ladder does not depend on where it
// is to stop. It returns false when there is none left that saves anything.
func (z *search) next(ctx context.Context, from Rung) (Rung, bool, error) {
	began, evaluations := time.Now(), 0
	if err := z.run.SetRanks(from.Ranks); err != nil {
		return Rung{}, false, err
	}
	if !z.settings.Lazy {
		z.forget()
	}
	step := from.Step + 1
	for {
		if err := ctx.Err(); err != nil {
			return Rung{}, false, err
		}
		unknown := slices.IndexFunc(z.scores, func(s layerScores) bool { return s.step < 0 })
		best, found := z.best()
		switch {
		case unknown >= 0:
			best.layer = unknown
		case !found:
			return Rung{}, false, nil
		case z.scores[best.layer].step == step:
			z.scores[best.layer].step = -1
			ranks := slices.Clone(from.Ranks)
			ranks[best.layer] = best.rank
			r := z.rung(step, z.sizes.layers[best.layer].Name, ranks, best.loss)
			r.Evaluations, r.Seconds = evaluations, time.Since(began).Seconds()
			return r, true, z.cut(evaluations, ranks)
		}
		n, err := z.score(best.layer, step, from)
		if err != nil {
			return Rung{}, false, err
		}
		evaluations += n
	}
}

// best is the first of the candidates that are known.
func (z *search) best() (best candidate, found bool) {
	for _, s := range z.scores {
		for _, c := range s.candidates {
			if !found || c.before(best) {
				best, found = c, true
			}
		}
	}
	return best, found
}

// removals are the candidates of a layer, and all ranks with each of them.
func (z *search) removals(layer int, from []int) (candidates []candidate, ranks [][]int) {
	cost := z.cost(from)
	with := func(rank int) []int {
		lowered := slices.Clone(from)
		lowered[layer] = rank
		return lowered
	}
	saved := func(rank int) float64 { return cost - z.cost(with(rank)) }
	for _, rank := range lower(z.sizes.layer(layer, from[layer]), z.settings.Shares,
		func(rank int) bool { return saved(rank) > 0 }) {
		candidates, ranks = append(candidates, candidate{layer: layer, rank: rank, saved: saved(rank)}),
			append(ranks, with(rank))
	}
	return candidates, ranks
}

// score evaluates a layer's candidates, all in one call, and says how many there are.
func (z *search) score(layer, step int, from Rung) (int, error) {
	z.scores[layer] = layerScores{step: step}
	candidates, ranks := z.removals(layer, from.Ranks)
	if len(candidates) == 0 {
		return 0, nil
	}
	// Always as many at a call, so that there is one compilation a segment.
	for len(ranks) < len(z.settings.Shares) {
		ranks = append(ranks, ranks[len(ranks)-1])
	}
	losses, err := z.probe.Losses(lod.LastPrefix(z.splits, layer), ranks)
	if err != nil {
		return 0, err
	}
	for i := range candidates {
		c := &candidates[i]
		if c.loss = losses[i]; math.IsNaN(c.loss) {
			c.loss = math.Inf(1)
		}
		c.lossIncrease = c.loss - from.Loss
	}
	z.scores[layer].candidates = candidates
	return len(candidates), nil
}

// cost is what the search saves, at the given ranks.
func (z *search) cost(ranks []int) float64 {
	switch z.settings.By {
	case Params:
		return float64(z.sizes.at(ranks).Parameters)
	case Latency:
		return z.profile.LatencyMS(ranks)
	}
	return float64(z.sizes.at(ranks).MACs)
}

// cut takes dead columns out for real once evaluations have spent enough on them.
func (z *search) cut(evaluations int, ranks []int) error {
	if err := z.run.SetRanks(ranks); err != nil {
		return err
	}
	layers := z.run.Network.Layers
	stored := computed(layers, func(l lod.Layer) int { return l.Stored })
	alive := computed(layers, func(l lod.Layer) int { return l.Rank })
	z.wasted += float64(evaluations) * (1 - alive/stored)
	if z.wasted <= float64(z.settings.RecompileEvaluations) {
		return nil
	}
	z.wasted = 0
	z.probe.Discard()
	if err := z.run.Cut(); err != nil {
		return err
	}
	z.splits = segments(z.run.Network.Layers, z.settings.Prefixes)
	return nil
}
