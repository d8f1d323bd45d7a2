package lod_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

const (
	attentionWidth = 16
	attentionHeads = 4
	attentionTime  = 6
)

// seen is a mask [2, 1, time, time] of the first keys, more for the second example, never after the query.
func seen(g *graph.Graph) *graph.Node {
	mask := make([][][][]bool, 2)
	for b := range mask {
		rows := make([][]bool, attentionTime)
		for q := range rows {
			for k := range attentionTime {
				rows[q] = append(rows[q], k <= q && k < 3+2*b)
			}
		}
		mask[b] = [][][]bool{rows}
	}
	return graph.Const(g, mask)
}

// block is a small model of attention and feed-forward.
func block(dropout float64) lod.Model {
	return func(p *lod.Pass, x *graph.Node) *graph.Node {
		a := lod.Attention{Heads: attentionHeads, Mask: seen(x.Graph()), Dropout: dropout}
		x = p.LayerNorm("norm1", graph.Add(x, p.Dropout(p.Attention("self", x, x, a), dropout)))
		x = p.LayerNorm("norm2", graph.Add(x, p.FeedForward("feed", x, 24, dropout, false)))
		return p.Dense("head", x, 3)
	}
}

func attentionNetwork(t *testing.T, m lod.Model) (compute.Backend, *lod.Network, *tensors.Tensor) {
	t.Helper()
	backend := testkit.Backend(t)
	in := lod.Input{Name: "x", Shape: []int{attentionTime, attentionWidth}}
	n, err := lod.NewNetworkOf(backend, m, []lod.Input{in}, lod.Init{Kind: lod.InitSVD, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Store().Finalize)
	rng := rand.New(rand.NewPCG(7, 8))
	flat := make([]float32, 2*attentionTime*attentionWidth)
	for i := range flat {
		flat[i] = float32(rng.NormFloat64())
	}
	return backend, n, tensors.FromFlatDataAndDimensions(flat, 2, attentionTime, attentionWidth)
}

// run compiles a function of the network's weights and runs it once.
func runOn(t *testing.T, backend compute.Backend, n *lod.Network, fn func(in []*graph.Node) []*graph.Node,
	inputs ...any) (flat [][]float32) {
	t.Helper()
	exec, err := model.NewExec(backend, n.Store(),
		func(_ *model.Scope, in []*graph.Node) []*graph.Node { return fn(in) })
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Exec(inputs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out {
		flat = append(flat, tensors.MustCopyFlatData[float32](o))
	}
	return flat
}

func farthest32(a, b []float32) (d float64) {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	for i := range a {
		d = max(d, math.Abs(float64(a[i])-float64(b[i])))
	}
	return d
}

// TestAttentionEqualsGoMLX: factorised attention is GoMLX's attention of projections by the product of the factors,
// at the full ranks, at lower ones, and with projections of rank 0.
func TestAttentionEqualsGoMLX(t *testing.T) {
	backend, n, x := attentionNetwork(t, func(p *lod.Pass, x *graph.Node) *graph.Node {
		return p.Attention("self", x, x, lod.Attention{Heads: attentionHeads, Mask: seen(x.Graph())})
	})
	for _, ranks := range [][]int{{16, 16, 16, 16}, {3, 16, 7, 5}, {0, 4, 2, 16}, {0, 0, 0, 0}} {
		c, err := n.Clone()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Store().Finalize()
		if err := c.Truncate(ranks); err != nil {
			t.Fatal(err)
		}
		var weights [][][]float32 // of keys, values, queries, output, [inputs][outputs]
		for i, l := range c.Layers {
			w, err := c.Weight(i)
			if err != nil {
				t.Fatal(err)
			}
			rows := make([][]float32, l.Inputs)
			for a := range rows {
				for b := range l.Outputs {
					rows[a] = append(rows[a], float32(w.At(b, a)))
				}
			}
			weights = append(weights, rows)
		}
		ranks32 := make([]int32, len(ranks))
		for i, r := range ranks {
			ranks32[i] = int32(r)
		}
		masked := runOn(t, backend, n,
			func(in []*graph.Node) []*graph.Node { return []*graph.Node{n.Apply(n.Pass(in[1]), in[0])} }, x, ranks32)
		out := runOn(t, backend, c, func(in []*graph.Node) []*graph.Node {
			x := in[0]
			dense := func(layer int, x *graph.Node) *graph.Node {
				bias := c.Store().GetVariable("/model/" + c.Layers[layer].Name + "/bias").NodeValue(x.Graph())
				return graph.Add(graph.Einsum("btn,nm->btm", x, graph.Const(x.Graph(), weights[layer])),
					graph.ExpandLeftToRank(bias, 3))
			}
			split := func(x *graph.Node) *graph.Node {
				return graph.Reshape(x, 2, attentionTime, attentionHeads, attentionWidth/attentionHeads)
			}
			mask := graph.TransposeAllAxes(seen(x.Graph()), 0, 2, 1, 3) // [batch, queries, heads, keys]
			y, _ := attention.Core(split(dense(2, x)), split(dense(0, x)), split(dense(1, x)), attention.LayoutBSHD,
				attention.CoreOptions{AttentionMask: mask})
			return []*graph.Node{c.Apply(c.Pass(nil), x), dense(3, graph.Reshape(y, x.Shape().Dimensions...))}
		}, x)
		for what, got := range map[string][]float32{"cut": out[0], "masked": masked[0]} {
			if d := farthest32(got, out[1]); !(d <= 1e-5) {
				t.Errorf("ranks %v, %s: off by %g", ranks, what, d)
			}
		}
	}
}

// TestAttentionGradients holds the gradients of a block by its variables against central differences, each along a
// random direction.
func TestAttentionGradients(t *testing.T) {
	backend, n, x := attentionNetwork(t, block(0))
	loss := func(in []*graph.Node) *graph.Node {
		return graph.ReduceAllMean(graph.Square(n.Apply(n.Pass(nil), in...)))
	}
	var variables []*model.Variable
	for v := range n.Store().IterVariables() {
		variables = append(variables, v)
	}
	slices.SortFunc(variables, func(a, b *model.Variable) int {
		return map[bool]int{true: -1, false: 1}[a.Path() < b.Path()]
	})
	gradients := runOn(t, backend, n, func(in []*graph.Node) []*graph.Node {
		l := loss(in)
		var values []*graph.Node
		for _, v := range variables {
			values = append(values, v.NodeValue(l.Graph()))
		}
		return graph.Gradient(l, values...)
	}, x)
	exec, err := model.NewExec(backend, n.Store(),
		func(_ *model.Scope, in []*graph.Node) []*graph.Node { return []*graph.Node{loss(in)} })
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	rng := rand.New(rand.NewPCG(9, 9))
	const step = 1e-2
	for i, v := range variables {
		start := tensors.MustCopyFlatData[float32](v.MustValue())
		direction, slope, norm := make([]float64, len(start)), 0.0, 0.0
		for j := range direction {
			direction[j] = rng.NormFloat64() + float64(gradients[i][j])
			norm += direction[j] * direction[j]
		}
		for j := range direction {
			direction[j] /= math.Sqrt(norm)
			slope += direction[j] * float64(gradients[i][j])
		}
		at := func(by float64) float64 {
			moved := slices.Clone(start)
			for j := range moved {
				moved[j] += float32(by * direction[j])
			}
			if err := v.SetValue(tensors.FromFlatDataAndDimensions(moved, v.Shape().Dimensions...)); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Exec(x)
			if err != nil {
				t.Fatal(err)
			}
			return float64(tensors.ToScalar[float32](out[0]))
		}
		difference := (at(step) - at(-step)) / (2 * step)
		at(0)
		// The loss, about 0.4, has a rounding of 3e-8, which is 3e-6 of the slope.
		if math.Abs(difference-slope) > 1e-2*math.Abs(slope)+3e-5 {
			t.Errorf("%s: slope %g, by differences %g", v.Path(), slope, difference)
		}
	}
}

// TestDropoutOfPasses: passes of one step drop the same entries, so that one which shares the other's beginning gives
// what it gives by itself; other steps drop others; a pass without random numbers drops none.
func TestDropoutOfPasses(t *testing.T) {
	backend, n, x := attentionNetwork(t, block(0.3))
	if !n.HasDropout() {
		t.Error("the network does not say that it has dropout")
	}
	ranks := n.Ranks()
	full, low := make([]int32, len(ranks)), make([]int32, len(ranks))
	for i, r := range ranks {
		full[i], low[i] = int32(r), int32(r)
	}
	for first := range ranks {
		low[first] = 2
		t.Run(fmt.Sprint(first), func(t *testing.T) {
			if first%3 != 0 {
				testmode.Long(t, "shares more of the passes")
			}
			out := runOn(t, backend, n, func(in []*graph.Node) []*graph.Node {
				at := func(ranks *graph.Node) *lod.Pass { return n.Pass(ranks).Random(in[3]) }
				alone, whole := at(in[2]), at(in[1])
				a, w := n.Apply(alone, in[0]), n.Apply(whole, in[0])
				shared := n.PassFrom(first, whole, in[2])
				s := n.Apply(shared, in[0])
				return []*graph.Node{a, s, w}
			}, x, full, low, []uint64{3, 4})
			if d := farthest32(out[0], out[1]); d > 1e-6 {
				t.Errorf("from layer %d on: sharing changes the output by %g", first, d)
			}
			if slices.Equal(out[0], out[2]) {
				t.Error("the rank does nothing")
			}
		})
		low[first] = full[first]
	}
	at := func(seed, step uint64) []float32 {
		return runOn(t, backend, n,
			func(in []*graph.Node) []*graph.Node { return []*graph.Node{n.Apply(n.Pass(nil).Random(in[1]), in[0])} }, x,
			[]uint64{seed, step})[0]
	}
	if a := at(3, 4); !slices.Equal(a, at(3, 4)) || slices.Equal(a, at(3, 5)) || slices.Equal(a, at(4, 4)) {
		t.Error("what is dropped does not depend on seed and step alone")
	}
	none, bare := runOn(t, backend, n,
		func(in []*graph.Node) []*graph.Node { return []*graph.Node{n.Apply(n.Pass(nil), in[0])} }, x)[0], block(0)
	n.Model = bare
	if !slices.Equal(none, runOn(t, backend, n,
		func(in []*graph.Node) []*graph.Node { return []*graph.Node{n.Apply(n.Pass(nil), in[0])} }, x)[0]) {
		t.Error("a pass without random numbers drops something")
	}
}

// TestDropoutShares: the share that is asked for is dropped, the mean stays, and dropouts of one step are independent.
func TestDropoutShares(t *testing.T) {
	const count, rate = 40_000, 0.25
	backend, n, _ := attentionNetwork(t, block(0))
	out := runOn(t, backend, n, func(in []*graph.Node) []*graph.Node {
		p := n.Pass(nil).Random(in[0])
		ones := graph.OnesLike(graph.IotaFull(in[0].Graph(), lod.Input{Shape: []int{1}}.Batch(count)))
		return []*graph.Node{p.Dropout(ones, rate), p.Dropout(ones, rate)}
	}, []uint64{1, 2})
	var dropped, both int
	for i, a := range out[0] {
		if a == 0 {
			dropped++
			if out[1][i] == 0 {
				both++
			}
		} else if math.Abs(float64(a)-1/(1-rate)) > 1e-6 {
			t.Fatalf("what is kept becomes %g", a)
		}
	}
	// Four deviations of binomial counts.
	for what, c := range map[string]struct{ got, p float64 }{"one": {float64(dropped), rate}, "both": {float64(both), rate * rate}} {
		if d := math.Sqrt(count * c.p * (1 - c.p)); math.Abs(c.got-count*c.p) > 4*d {
			t.Errorf("%s: %g of %d are dropped, want about %g", what, c.got, count, count*c.p)
		}
	}
}
