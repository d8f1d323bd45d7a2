package lod_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	gocmp "github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
)

// convShapes are convolutions that XLA computes itself, ones that go through blocks of columns (k−1 divides the
// width) and ones that go through patches (results of up to 2×2); at their full rank, 0, they go through the product
// of their factors, at the low one through one factor after the other.
var convShapes = map[string]struct{ size, channels, kernel, outputs, stride, padding, rank int }{
	"blocks of 4":       {12, 3, 5, 4, 1, 0, 0},
	"blocks of 2":       {8, 2, 3, 5, 1, 0, 0},
	"one input column":  {28, 1, 5, 6, 1, 0, 0},
	"padded":            {7, 2, 3, 4, 1, 1, 0},
	"strided":           {9, 2, 3, 4, 2, 1, 0},
	"pointwise":         {5, 3, 1, 4, 1, 0, 0},
	"map of 2":          {2, 3, 3, 4, 1, 1, 0},
	"map of 1":          {1, 3, 3, 4, 1, 1, 0},
	"strided to 2":      {4, 2, 3, 4, 2, 1, 0},
	"unpadded to 2":     {6, 2, 3, 4, 2, 0, 0},
	"odd width":         {11, 2, 5, 3, 1, 0, 0},
	"low rank":          {8, 6, 3, 8, 1, 0, 2},
	"low rank, padded":  {7, 6, 3, 8, 1, 1, 2},
	"low rank, strided": {9, 6, 3, 8, 2, 1, 2},
}

// TestConvEqualsDefinition compares the factorised convolution, truncated at every rank, with sums over its taps.
func TestConvEqualsDefinition(t *testing.T) {
	backend := testkit.Backend(t)
	for name, c := range convShapes {
		t.Run(name, func(t *testing.T) {
			const batch = 2
			rank := cmp.Or(c.rank, min(c.outputs, c.kernel*c.kernel*c.channels))
			rng := rand.New(rand.NewPCG(1, 9))
			x, u := random(rng, batch, c.size, c.size, c.channels), random(rng, c.outputs, rank)
			v, bias := random(rng, c.kernel, c.kernel, c.channels, rank), random(rng, c.outputs)
			for b := range rank + 1 {
				got := eval(t, backend, func(in []*graph.Node) []*graph.Node {
					conv := lod.Conv{U: in[1], V: in[2], Bias: in[3], Stride: c.stride, Padding: c.padding}
					return []*graph.Node{conv.ApplyTruncated(in[0], in[4])}
				}, x, u, v, bias, int32(b))[0]
				at := 0
				out := (c.size+2*c.padding-c.kernel)/c.stride + 1
				for image := range batch {
					for row := range out {
						for column := range out {
							for o := range c.outputs {
								want := cell(bias, o)
								for i := range c.kernel {
									for j := range c.kernel {
										y, z := row*c.stride+i-c.padding, column*c.stride+j-c.padding
										if y < 0 || z < 0 || y >= c.size || z >= c.size {
											continue
										}
										for ch := range c.channels {
											for k := range b {
												want += cell(x, image, y, z, ch) * cell(v, i, j, ch, k) * cell(u, o, k)
											}
										}
									}
								}
								if math.Abs(got[at]-want) > 1e-9 {
									t.Fatalf("rank %d, output %d at %d,%d: %g, want %g", b, o, row, column,
										got[at], want)
								}
								at++
							}
						}
					}
				}
			}
		})
	}
}

// cell reads one entry of a tensor.
func cell(t *tensors.Tensor, index ...int) (value float64) {
	at := 0
	for axis, i := range index {
		at = at*t.Shape().Dimensions[axis] + i
	}
	tensors.MustConstFlatData(t, func(flat []float64) { value = flat[at] })
	return value
}

// TestConvGradients checks the gradients of input and weights against central differences.
func TestConvGradients(t *testing.T) {
	backend := testkit.Backend(t)
	for name, c := range convShapes {
		if c.size > 12 { // a central difference costs two runs for each number
			continue
		}
		t.Run(name, func(t *testing.T) {
			rank := cmp.Or(c.rank, min(c.outputs, c.kernel*c.kernel*c.channels))
			rng := rand.New(rand.NewPCG(2, 9))
			in := []*tensors.Tensor{random(rng, 1, c.size, c.size, c.channels), random(rng, c.outputs, rank),
				random(rng, c.kernel, c.kernel, c.channels, rank), random(rng, c.outputs)}
			exec, err := graph.NewExec(backend, func(in []*graph.Node) []*graph.Node {
				conv := lod.Conv{U: in[1], V: in[2], Bias: in[3], Stride: c.stride, Padding: c.padding}
				loss := graph.ReduceAllSum(graph.Sin(conv.ApplyTruncated(in[0],
					graph.Const(in[0].Graph(), int32(rank-1)))))
				return append([]*graph.Node{loss}, graph.Gradient(loss, in...)...)
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			run := func() []*tensors.Tensor {
				out, err := exec.Call(in[0], in[1], in[2], in[3])
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			gradients := run()[1:]
			for w, tensor := range in {
				flat := tensors.MustCopyFlatData[float64](tensor)
				gradient := tensors.MustCopyFlatData[float64](gradients[w])
				for range 12 { // a dozen entries of each
					i := rng.IntN(len(flat))
					probe := func(h float64) float64 {
						moved := append([]float64(nil), flat...)
						moved[i] += h
						in[w] = tensors.FromFlatDataAndDimensions(moved, tensor.Shape().Dimensions...)
						return tensors.ToScalar[float64](run()[0])
					}
					want := (probe(1e-5) - probe(-1e-5)) / 2e-5
					if math.Abs(gradient[i]-want) > 1e-5*(1+math.Abs(want)) {
						t.Errorf("input %d, entry %d: gradient %g, central difference %g", w, i, gradient[i], want)
					}
				}
				in[w] = tensor
			}
		})
	}
}

func lenet(t *testing.T, backend compute.Backend, batch int, initial lod.InitKind) *lod.Network {
	t.Helper()
	n, err := lod.NewNetwork(backend, models.LeNet(10), shapes.Make(dtypes.Float32, batch, 28, 28, 1),
		lod.Init{Kind: initial, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestLeNetCosts: 44,190 weights, 281,640 MACs and these ranks are those of the authors' code.
func TestLeNetCosts(t *testing.T) {
	n := lenet(t, testkit.Backend(t), 4, lod.InitSVD)
	if diff := gocmp.Diff([]int{6, 16, 120, 84, 10}, n.Ranks()); diff != "" {
		t.Errorf("ranks at the start (-want +got):\n%s", diff)
	}
	want := lod.Cost{Weights: 44190, MACs: 281640}
	if n.Whole() != want || n.Cost() != want {
		t.Errorf("cost %+v whole, %+v at full rank, want %+v: a layer is kept whole where that is smaller", n.Whole(),
			n.Cost(), want)
	}
	n.Layers[2].Rank = 10 // 256 → 120
	if saved := want.Weights - n.Cost().Weights; saved != 256*120-10*(256+120) {
		t.Errorf("rank 10 in a 256→120 layer saves %d weights", saved)
	}
}

// TestFactorise: the factors' product is the matrix, their columns carry √σ each, and come in falling order.
func TestFactorise(t *testing.T) {
	w := dense(random(rand.New(rand.NewPCG(4, 4)), 7, 12))
	u, v := lod.Factorise(mat.DenseCopyOf(w))
	var diff mat.Dense
	diff.Mul(u, v.T())
	diff.Sub(&diff, w)
	if off := mat.Norm(&diff, 2); off > 1e-12 {
		t.Errorf("U Vᵀ is off by %g", off)
	}
	var svd mat.SVD
	svd.Factorize(w, mat.SVDNone)
	for b, s := range svd.Values(nil) {
		if l, r := mat.Norm(u.ColView(b), 2), mat.Norm(v.ColView(b), 2); math.Abs(l*l-s) > 1e-10 ||
			math.Abs(r*r-s) > 1e-10 {
			t.Errorf("column %d: ‖u‖² = %g, ‖v‖² = %g, σ = %g", b, l*l, r*r, s)
		}
	}
}

// logits runs a network on x at the given ranks, or with all it stores.
func logits(t *testing.T, backend compute.Backend, n *lod.Network, x *tensors.Tensor, ranks []int32) []float32 {
	t.Helper()
	exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, x, ranks *graph.Node) *graph.Node {
		return n.Model(n.Pass(ranks), x)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Exec(x, ranks)
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](out[0])
}

// TestCutComputesWhatMaskedDoes: for ranks at random, down to 0 in some layer, the network with its dead columns masked
// and the one with them cut out give the same outputs.
func TestCutComputesWhatMaskedDoes(t *testing.T) {
	backend := testkit.Backend(t)
	rng := rand.New(rand.NewPCG(5, 5))
	images := make([]float32, 4*28*28)
	for i := range images {
		images[i] = rng.Float32()
	}
	x := tensors.FromFlatDataAndDimensions(images, 4, 28, 28, 1)
	for round := range 4 {
		n := lenet(t, backend, 4, []lod.InitKind{lod.InitSVD, lod.InitRandom}[round%2])
		ranks := make([]int32, len(n.Layers))
		for i := range n.Layers {
			n.Layers[i].Rank = rng.IntN(n.Layers[i].Full() + 1)
			ranks[i] = int32(n.Layers[i].Rank)
		}
		n.Layers[round%5].Rank, ranks[round%5] = 0, 0
		masked := logits(t, backend, n, x, ranks)
		if err := n.Cut(nil); err != nil {
			t.Fatal(err)
		}
		for i, l := range n.Layers {
			if l.Stored != int(ranks[i]) {
				t.Errorf("layer %s stores %d columns of rank %d", l.Name, l.Stored, ranks[i])
			}
		}
		cut := logits(t, backend, n, x, ranks)
		for i := range masked {
			if math.Abs(float64(masked[i]-cut[i])) > 1e-5 {
				t.Fatalf("ranks %v: output %d is %g masked and %g cut", ranks, i, masked[i], cut[i])
			}
		}
	}
}

// TestShrink: a layer's rank falls to before the first tail whose importance is at most ε, and what lies beyond is
// cleared.
func TestShrink(t *testing.T) {
	n := lenet(t, testkit.Backend(t), 4, lod.InitSVD)
	importance, err := n.Importance(3)
	if err != nil {
		t.Fatal(err)
	}
	for b := 1; b < len(importance); b++ {
		if importance[b] > importance[b-1] {
			t.Fatalf("importance of tails grows at %d: %v", b, importance)
		}
	}
	epsilon := importance[50]
	others := make([][]float64, 5)
	for i := range others {
		if others[i], err = n.Importance(i); err != nil {
			t.Fatal(err)
		}
	}
	fell, err := n.Shrink(epsilon, nil)
	if err != nil || !fell {
		t.Fatal("no rank fell:", err)
	}
	for i, l := range n.Layers {
		want := len(others[i])
		for b, value := range others[i] {
			if value <= epsilon {
				want = b
				break
			}
		}
		if l.Rank != want || l.Stored != l.Full() {
			t.Errorf("layer %s: rank %d of %d stored, want %d of %d", l.Name, l.Rank, l.Stored, want, l.Full())
		}
	}
	v := n.Store().GetVariable("/model/fc2/v").MustValue()
	flat := tensors.MustCopyFlatData[float32](v)
	for i, x := range flat {
		if column := i % 84; (column >= 50) != (x == 0) {
			t.Fatalf("row %d, column %d is %g after shrinking to rank 50", i/84, column, x)
		}
	}
	if again, err := n.Shrink(0, nil); again || err != nil {
		t.Errorf("shrinking at ε = 0 took columns away that are not zero: %v", err)
	}
}

func TestModelMistakes(t *testing.T) {
	backend := testkit.Backend(t)
	image := shapes.Make(dtypes.Float32, 2, 28, 28, 1)
	for say, m := range map[string]lod.Model{
		`two layers are named "a"`: func(p *lod.Pass, x *graph.Node) *graph.Node {
			x = graph.Reshape(x, 2, -1)
			return p.Dense("a", p.Dense("a", x, 5), 5)
		},
		"a dense layer takes [batch, inputs]": func(p *lod.Pass,
			x *graph.Node) *graph.Node {
			return p.Dense("a", graph.Reshape(x, -1), 3)
		},
		"layer a: outputs is 0: it must be at least 1": func(p *lod.Pass,
			x *graph.Node) *graph.Node {
			return p.Dense("a", graph.Reshape(x, 2, -1), 0)
		},
		"layer b: outputs is -3: it must be at least 1": func(p *lod.Pass, x *graph.Node) *graph.Node {
			return p.Conv("b", x, lod.ConvShape{Outputs: -3, Kernel: 1})
		},
		"layer b: kernel is 0: it must be at least 1": func(p *lod.Pass, x *graph.Node) *graph.Node {
			return p.Conv("b",
				x, lod.ConvShape{Outputs: 3})
		},
		"stride is -1 and padding 0": func(p *lod.Pass, x *graph.Node) *graph.Node {
			return p.Conv("b", x, lod.ConvShape{Outputs: 3, Kernel: 1, Stride: -1})
		},
		"kernel does not fit": func(p *lod.Pass, x *graph.Node) *graph.Node {
			return p.Conv("a", x, lod.ConvShape{Outputs: 1, Kernel: 31})
		},
		"no factorised layer": func(_ *lod.Pass, x *graph.Node) *graph.Node { return x },
	} {
		if _, err := lod.NewNetwork(backend, m, image, lod.Init{}); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("error is %v, want it to say %q", err, say)
		}
	}
}

// TestSamplerStateRestores: a sampler restored from its state draws what the one it was taken from goes on to draw.
func TestSamplerStateRestores(t *testing.T) {
	layers := lenet(t, testkit.Backend(t), 4, lod.InitSVD).Layers
	layers[1].Rank = 0
	begin := func(kind lod.SamplerKind, seed uint64) lod.Sampler {
		make := func(layers []lod.Layer, seed uint64) (lod.Sampler, error) { return lod.NewSampler(kind, layers, seed) }
		if kind == "a function" {
			make = lod.SamplerOf(func(rng *rand.Rand, layers []lod.Layer, ranks []int32) {
				i := rng.IntN(len(layers))
				ranks[i] = (ranks[i] + 1) / 2
			})
		}
		s, err := make(layers, seed)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, kind := range []lod.SamplerKind{lod.SampleUniform, lod.SampleIndependent, lod.SampleFraction, "a function"} {
		s := begin(kind, 1)
		draw := func(s lod.Sampler) (all [][]int32) {
			for range 300 {
				d := s.Draw()
				first := slices.IndexFunc(layers,
					func(l lod.Layer) bool { return d.Ranks[slices.Index(layers, l)] != int32(l.Rank) })
				if first < 0 {
					first = len(layers)
				}
				if d.First != first {
					t.Fatalf("%s drew %v and says that they differ from layer %d on, not %d", kind, d.Ranks,
						d.First, first)
				}
				for i, r := range d.Ranks {
					if r < 0 || int(r) > layers[i].Rank || (r == 0) != (layers[i].Rank == 0) {
						t.Fatalf("%s drew rank %d for a layer of rank %d", kind, r, layers[i].Rank)
					}
				}
				all = append(all, d.Ranks)
			}
			return all
		}
		draw(s)
		state, err := s.State()
		if err != nil {
			t.Fatal(err)
		}
		want := draw(s)
		other := begin(kind, 99)
		if err := other.Restore(state); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, draw(other)); diff != "" {
			t.Errorf("%s: the restored sampler draws otherwise:\n%s", kind, diff)
		}
	}
}

// TestRanksOfAPass: ranks that are not one int32 for each layer are named while the graph is built.
func TestRanksOfAPass(t *testing.T) {
	backend := testkit.PureGo(t)
	n, err := lod.NewNetwork(backend, func(p *lod.Pass, x *graph.Node) *graph.Node { return p.Dense("a", x, 3) },
		shapes.Make(dtypes.Float32, 2, 5), lod.Init{Kind: lod.InitRandom})
	if err != nil {
		t.Fatal(err)
	}
	for given, ranks := range map[string]any{"(Int32)[2]": []int32{3, 3}, "(Int64)[1]": []int64{3},
		"(Int32)": int32(3)} {
		exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{n.Apply(n.Pass(in[1]), in[0])}
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = exec.Call([][]float32{{1, 2, 3, 4, 5}}, ranks); err == nil ||
			!strings.Contains(err.Error(), "takes the ranks of its 1 layers as (Int32)[1], and is given "+given) {
			t.Errorf("ranks %v: %v", ranks, err)
		}
		exec.Finalize()
	}
}

// TestInputsOfNothing: an input without a batch, or of no numbers, is named.
func TestInputsOfNothing(t *testing.T) {
	backend := testkit.PureGo(t)
	m := func(p *lod.Pass, x *graph.Node) *graph.Node { return p.Dense("a", x, 3) }
	for say, input := range map[string]shapes.Shape{"the first axis must be the batch's": shapes.Make(dtypes.Float32),
		"layer a: inputs is 0: it must be at least 1": shapes.Make(dtypes.Float32, 2, 0)} {
		if _, err := lod.NewNetwork(backend, m, input, lod.Init{}); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: error %v, want %q", input, err, say)
		}
	}
}

// TestDrawsOfOnesOwn: what a sampler may not draw is named.
func TestDrawsOfOnesOwn(t *testing.T) {
	layers := []lod.Layer{{Name: "a", Rank: 4, Stored: 4}, {Name: "b", Rank: 3, Stored: 3, Matrix: true}}
	for say, d := range map[string]lod.Draw{
		"":                          lod.Drawn(layers, []int32{2, 3}),
		"drew 1 ranks for 2 layers": {Ranks: []int32{2}},
		"drew 0 ranks for 2 layers": lod.Drawn(layers, nil),
		"drew rank 5 for layer a, whose rank is 4":         {Ranks: []int32{5, 3}},
		"drew rank -1 for layer a":                         {Ranks: []int32{-1, 3}},
		"drew rank 2 for layer b, which is one":            {Ranks: []int32{4, 2}},
		"differ from layer 1 on, and they do from layer 0": {Ranks: []int32{2, 3}, First: 1},
	} {
		if err := d.Check(layers); (err == nil) != (say == "") || err != nil && !strings.Contains(err.Error(), say) {
			t.Errorf("%+v: %v, want %q", d, err, say)
		}
	}
}

// TestRanksAbove: an ε_ps leaves the ranks before the first tail that is not above it.
func TestRanksAbove(t *testing.T) {
	for _, c := range []struct {
		importance []float64
		epsilon    float64
		want       int
	}{{nil, 1, 0}, {[]float64{3, 2, 1}, 0.5, 3}, {[]float64{3, 2, 1}, 1, 2}, {[]float64{3, 2, 1}, 9, 0}, {[]float64{0}, 0, 0}} {
		if got := lod.RanksAbove(c.importance, c.epsilon); got != c.want {
			t.Errorf("%v at %g: %d ranks, want %d", c.importance, c.epsilon, got, c.want)
		}
	}
}
