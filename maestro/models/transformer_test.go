package models_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
)

// tiny is the shape of testdata/torch_transformer.py.
func tiny(pre bool) models.TransformerShape {
	return models.TransformerShape{Vocabulary: 11, Width: 16, Heads: 4, FeedForward: 24, Encoder: 2, Decoder: 2,
		Longest: 8, Shared: true, PreNorm: pre}
}

// pieces are inputs of the given lengths.
func pieces(lengths ...int) (all []lod.Input) {
	for i, n := range lengths {
		all = append(all, lod.Input{Name: []string{"source", "target"}[i], Shape: []int{n}, DType: dtypes.Int32})
	}
	return all
}

func transformer(t *testing.T, backend compute.Backend, m lod.Model, inputs ...lod.Input) *lod.Network {
	t.Helper()
	n, err := lod.NewNetworkOf(backend, m, inputs, lod.Init{Kind: lod.InitRandom, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Store().Finalize)
	return n
}

func ids(rows [][]int32) *tensors.Tensor { return tensors.FromValue(rows) }

// forwarder runs the network with all its columns.
func forwarder(t *testing.T, backend compute.Backend, n *lod.Network) func(inputs ...any) []float32 {
	t.Helper()
	exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{n.Apply(n.Pass(nil).Eval(), in...)}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	return func(inputs ...any) []float32 {
		t.Helper()
		out, err := exec.Exec(inputs...)
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](out[0])
	}
}

// TestTransformerEqualsPyTorch compares with nn.Transformer on the product of the same factors, with norms before and
// after.
func TestTransformerEqualsPyTorch(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "torch_transformer.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Source, Target [][]int32
		Post, Pre      [][][]float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	backend := testkit.Backend(t)
	for pre, logits := range map[bool][][][]float64{false: want.Post, true: want.Pre} {
		t.Run(fmt.Sprintf("norms first %t", pre), func(t *testing.T) {
			n := transformer(t, backend, models.Transformer(tiny(pre)), pieces(6, 5)...)
			s := &streams{t: t, n: n}
			for _, l := range n.Layers {
				s.set(l.Name+"/u", math.Sqrt(3/float64(l.Full())), 0)
				s.set(l.Name+"/v", math.Sqrt(6/float64(l.Inputs)), 0)
				s.set(l.Name+"/bias", 1, 0)
			}
			s.set("shared-embedding/table", 0.5, 0)
			for _, half := range []string{"encoder", "decoder"} {
				for i := range 2 {
					for _, norm := range []string{"self", "cross", "feed"} {
						name := fmt.Sprintf("%s%d-%s-norm", half, i+1, norm)
						s.set(name+"/scale", 0.5, 1)
						s.set(name+"/offset", 0.25, 0)
					}
				}
				s.set(half+"-norm/scale", 0.5, 1)
				s.set(half+"-norm/offset", 0.25, 0)
			}
			got := forwarder(t, backend, n)(ids(want.Source), ids(want.Target))
			flat, largest := slices.Concat(slices.Concat(logits...)...), 0.0
			for _, v := range flat {
				largest = max(largest, math.Abs(v))
			}
			for i, v := range flat {
				if d := math.Abs(float64(got[i]) - v); !(d <= 1e-5*largest) {
					t.Fatalf("logit %d: %g, PyTorch %g", i, got[i], v)
				}
			}
		})
	}
}

// TestMasks: what a query must not see changes nothing, and what it sees does.
func TestMasks(t *testing.T) {
	backend := testkit.Backend(t)
	same := func(what string, a, b []float32, equal bool) {
		t.Helper()
		if slices.Equal(a, b) != equal {
			t.Errorf("%s: the same is %t, want %t", what, !equal, equal)
		}
	}
	const time, vocabulary = 5, 11
	for _, pre := range []bool{false, true} {
		n := transformer(t, backend, models.Transformer(tiny(pre)), pieces(6, time)...)
		forward := forwarder(t, backend, n)
		target := [][]int32{{1, 6, 5, 4, 9}}
		base := forward(ids([][]int32{{4, 5, 6, 2, 0, 0}}), ids(target))
		// Without the padding the same up to the order of sums.
		for i, v := range forward(ids([][]int32{{4, 5, 6, 2}}), ids(target)) {
			if math.Abs(float64(v-base[i])) > 1e-5 {
				t.Fatalf("padding changes logit %d from %g to %g", i, v, base[i])
			}
		}
		same("another source piece", base, forward(ids([][]int32{{4, 5, 7, 2, 0, 0}}), ids(target)), false)
		for at := 1; at < time; at++ {
			changed := [][]int32{slices.Clone(target[0])}
			changed[0][at] = 10
			got := forward(ids([][]int32{{4, 5, 6, 2, 0, 0}}), ids(changed))
			same(fmt.Sprintf("logits before target piece %d", at), base[:at*vocabulary], got[:at*vocabulary], true)
			same(fmt.Sprintf("logits of target piece %d", at), base[at*vocabulary:(at+1)*vocabulary],
				got[at*vocabulary:(at+1)*vocabulary], false)
		}
	}
	s := tiny(false)
	s.Encoder = 0
	n := transformer(t, backend, models.LanguageModel(s), pieces(time)...)
	forward := forwarder(t, backend, n)
	a, b := forward(ids([][]int32{{1, 6, 5, 4, 9}})), forward(ids([][]int32{{1, 6, 5, 7, 9}}))
	same("logits before the language model's piece 3", a[:3*vocabulary], b[:3*vocabulary], true)
	same("logits of it", a[3*vocabulary:], b[3*vocabulary:], false)
}

// TestPaddingIsNotSeen: the padding's own embedding, which the mask hides, has no influence; a source of
// padding alone gives numbers.
func TestPaddingIsNotSeen(t *testing.T) {
	backend := testkit.Backend(t)
	s := tiny(true)
	s.Shared = false
	n := transformer(t, backend, models.Transformer(s), pieces(6, 5)...)
	source, target := ids([][]int32{{4, 5, 6, 2, 0, 0}}), ids([][]int32{{1, 6, 5, 4, 9}})
	forward := forwarder(t, backend, n)
	before := forward(source, target)
	v := n.Store().GetVariable("/model/source-embedding/table")
	flat := tensors.MustCopyFlatData[float32](v.MustValue())
	for i := range s.Width {
		flat[i] = 100
	}
	if err := v.SetValue(tensors.FromFlatDataAndDimensions(flat, s.Vocabulary, s.Width)); err != nil {
		t.Fatal(err)
	}
	if after := forward(source, target); !slices.Equal(before, after) {
		t.Error("the vector of padding changes the logits")
	}
	exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		loss := graph.ReduceAllSum(graph.Square(n.Apply(n.Pass(nil), in...)))
		return graph.Gradient(loss, n.Store().GetVariable("/model/encoder1-self-key/u").NodeValue(loss.Graph()))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Exec(ids([][]int32{{0, 0, 0, 0, 0, 0}}), target)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range tensors.MustCopyFlatData[float32](out[0]) {
		if x-x != 0 {
			t.Fatal("a source of padding alone has a gradient that is NaN")
		}
	}
}

// TestTransformerCosts: the counts of a Transformer of Pufferfish's size, by hand. Its published 48.98 M parameters
// (docs/method.md, Transformers) leave out the biases of its projections, and positions and final norms differ:
// within 1 %.
func TestTransformerCosts(t *testing.T) {
	const v, w, h, f, layers, length = 9521, 512, 8, 2048, 6, 32
	s := models.TransformerShape{Vocabulary: v, Width: w, Heads: h, FeedForward: f, Encoder: layers, Decoder: layers,
		Longest: length, Shared: true}
	g := graph.NewGraph(testkit.PureGo(t), "costs")
	defer g.Finalize()
	in := pieces(length, length)
	all := lod.Outline(g, models.Transformer(s), graph.Parameter(g, "source", in[0].Batch(1)),
		graph.Parameter(g, "target", in[1].Batch(1)))
	var total lod.Cost
	for _, l := range all {
		total = total.Plus(l.Whole())
	}
	attention, feed := int64(4*w*w), int64(2*w*f)
	weights := layers*(attention+feed) + layers*(2*attention+feed)
	macs := weights*length + 3*layers*2*length*length*w + length*w*v
	if total.Weights != weights || total.MACs != macs {
		t.Errorf("%d weights and %d MACs, by hand %d and %d", total.Weights, total.MACs, weights, macs)
	}
	if millions := float64(weights+v*w) / 1e6; math.Abs(millions/48.98-1) > 0.01 {
		t.Errorf("%.2f M weights with the embedding, published 48.98", millions)
	}
}

// TestKept: the layers that are to stay whole are, also where a method would factorise them.
func TestKept(t *testing.T) {
	s := tiny(false)
	s.KeptFirst, s.Shared = 1, false
	n := transformer(t, testkit.Backend(t), models.Transformer(s), pieces(6, 5)...)
	kept := 0
	for i, l := range n.Layers {
		first := l.Name == "output" || l.Name[:8] == "encoder1" || l.Name[:8] == "decoder1"
		if l.Kept != first || l.Matrix != first {
			t.Errorf("layer %s: kept %t, a matrix %t, want %t", l.Name, l.Kept, l.Matrix, first)
		}
		if first {
			kept++
			testkit.OneLine(t, l.Name, n.Factorise(i, 1), "keeps it as one matrix")
		}
	}
	if kept != 6+10+1 {
		t.Errorf("%d layers are kept", kept)
	}
}

// TestTransformerRefuses: each size that cannot be is one line.
func TestTransformerRefuses(t *testing.T) {
	for say, spoil := range map[string]func(s *models.TransformerShape){
		"heads do not divide": func(s *models.TransformerShape) { s.Heads = 3 },
		"dropout is 1":        func(s *models.TransformerShape) { s.Dropout = 1 },
		"vocabulary is 0":     func(s *models.TransformerShape) { s.Vocabulary = 0 },
		"an even one":         func(s *models.TransformerShape) { s.Width, s.Heads = 15, 3 },
		"has no factors":      func(s *models.TransformerShape) { s.FactorOutput = true },
	} {
		s := tiny(false)
		spoil(&s)
		testkit.OneLine(t, say, s.Check(), say)
	}
	s := tiny(false)
	_, err := lod.NewNetworkOf(testkit.Backend(t), models.Transformer(s), pieces(9, 5), lod.Init{Kind: lod.InitRandom})
	testkit.OneLine(t, "a long source", err, "9 pieces are longer than the model's greatest length of 8")
}
