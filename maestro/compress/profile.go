package compress

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// Profile predicts the latency of a network at any ranks from measurements on one device at one batch size: of the
// network with every layer in one matrix, and of the same with one layer in factors of a few ranks, for every layer.
// Its times are tenth percentiles (Time).
type Profile struct {
	Batch  int          `yaml:"batch"`
	Whole  float64      `yaml:"whole_ms"` // milliseconds with every layer in one matrix
	Layers []LayerTimes `yaml:"layers"`
}

// LayerTimes is what it adds to the latency that a layer is in factors, in milliseconds, at a few ranks that fall;
// none for a layer that is kept as one matrix.
type LayerTimes struct {
	Ranks []int     `yaml:"ranks,flow"`
	Added []float64 `yaml:"added_ms,flow"`
	Below int       `yaml:"below"` // factors are smaller than the matrix up to this rank
}

// profiled are the shares of the rank at which factors are as large as the matrix that are measured.
var profiled = [...]float64{1, 0.5, 0.2}

// NewProfile measures a network, which is not changed, at the first of the settings' batch sizes. report is told how
// far it is in programs that are compiled.
func NewProfile(ctx context.Context, backend compute.Backend, n *lod.Network, batch int, s LatencySettings,
	report cache.Progress) (*Profile, error) {
	whole, err := n.Clone()
	if err != nil {
		return nil, err
	}
	for i := range whole.Layers {
		if err := whole.Merge(i); err != nil {
			return nil, err
		}
	}
	p := &Profile{Batch: batch, Layers: make([]LayerTimes, len(n.Layers))}
	type variant struct{ layer, rank int }
	variants := []variant{{layer: -1}}
	for i, l := range n.Layers {
		if l.Matrix {
			continue
		}
		p.Layers[i].Below = breakEven(l)
		for _, share := range profiled {
			rank := min(l.Rank, max(1, int(math.Round(share*float64(breakEven(l))))))
			if rank > 0 && !slices.Contains(p.Layers[i].Ranks, rank) {
				p.Layers[i].Ranks = append(p.Layers[i].Ranks, rank)
				variants = append(variants, variant{i, rank})
			}
		}
	}
	var programs []*Program
	defer func() {
		for _, program := range programs {
			program.Close()
		}
	}()
	for i, v := range variants {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		form := whole
		if v.layer >= 0 {
			if form, err = inFactors(n, whole, v.layer, v.rank); err != nil {
				return nil, err
			}
		}
		program, err := Compile(backend, form, batch)
		if err != nil {
			return nil, err
		}
		programs = append(programs, program)
		if v.layer >= 0 {
			form.Store().Finalize() // the program has the weights
		}
		report.Tell(fmt.Sprintf("measuring layers at batch %d", batch), i+1, len(variants))
	}
	times, err := Measure(ctx, programs, s)
	if err != nil {
		return nil, err
	}
	p.Whole = times[0].P10
	for i, v := range variants[1:] {
		p.Layers[v.layer].Added = append(p.Layers[v.layer].Added, times[i+1].P10-p.Whole)
	}
	for _, l := range p.Layers {
		for i := 1; i < len(l.Added); i++ { // less work takes no longer; what says otherwise is noise
			l.Added[i] = min(l.Added[i], l.Added[i-1])
		}
	}
	return p, nil
}

// inFactors is the network with every layer in one matrix but for one, in factors of the given rank.
func inFactors(n, whole *lod.Network, layer, rank int) (*lod.Network, error) {
	cut, err := n.Clone()
	if err != nil {
		return nil, err
	}
	defer cut.Store().Finalize()
	ranks := n.Ranks()
	ranks[layer] = rank
	if err := cut.Truncate(ranks); err != nil {
		return nil, err
	}
	form, err := whole.Clone()
	if err != nil {
		return nil, err
	}
	return form, form.TakeLayer(layer, cut)
}

// LatencyMS is the predicted time of a forward pass with each layer in the form that is faster.
func (p *Profile) LatencyMS(ranks []int) float64 {
	ms := p.Whole
	for i, rank := range ranks {
		ms += min(0, p.added(i, rank))
	}
	return ms
}

// Merged lists the layers that are faster in one matrix than in factors of these ranks.
func (p *Profile) Merged(ranks []int) (layers []int) {
	for i, rank := range ranks {
		if len(p.Layers[i].Ranks) > 0 && rank > 0 && p.added(i, rank) >= 0 {
			layers = append(layers, i)
		}
	}
	return layers
}

// added is what it adds that a layer is in factors of a rank: read off the line through the two measured ranks around
// it, or the last of them.
func (p *Profile) added(layer, rank int) float64 {
	l := p.Layers[layer]
	if len(l.Ranks) == 0 || rank > l.Below {
		return 0
	}
	if rank >= l.Ranks[0] {
		return l.Added[0]
	}
	for i := 1; i < len(l.Ranks); i++ {
		if rank >= l.Ranks[i] {
			share := float64(rank-l.Ranks[i]) / float64(l.Ranks[i-1]-l.Ranks[i])
			return l.Added[i] + share*(l.Added[i-1]-l.Added[i])
		}
	}
	return l.Added[len(l.Added)-1]
}
