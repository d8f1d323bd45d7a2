package lod

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/maestro-lod/notebook/maestro/ops"
)

// Random gives the pass what its dropouts draw from: uint64 [2], a seed and the number of the step. A pass without it
// drops nothing, as when a network is measured.
func (p *Pass) Random(seedAndStep *Node) *Pass {
	p.random = seedAndStep
	return p
}

// HasDropout says whether the model drops entries at random, for which training passes need Random.
func (n *Network) HasDropout() bool { return n.random }

// Dropout puts zeros in place of a share of the entries of x and scales the others up to the same mean (Srivastava et
// al. 2014). The rate is from 0, for none, up to but not 1. Two passes of one step drop the same entries.
func (p *Pass) Dropout(x *Node, rate float64) *Node {
	drop := p.dropper(x.Graph(), rate)
	if drop == nil {
		return x
	}
	return p.apply(p.next <= p.first, func() *Node { return drop(x) })
}

// dropper is the next dropout of the pass; nil where nothing is dropped.
func (p *Pass) dropper(g *Graph, rate float64) func(*Node) *Node {
	if !(rate >= 0 && rate < 1) {
		exceptions.Panicf("dropout is %g: it must be from 0 to below 1", rate)
	}
	random := p.random
	if rate > 0 && p.define {
		p.net.random = true
		random = Zeros(g, shapes.Make(dtypes.Uint64, 2))
	}
	if rate == 0 || random == nil {
		return nil
	}
	site := p.drops
	p.drops++
	return func(x *Node) *Node { return ops.Dropout(x, random, site, rate) }
}
