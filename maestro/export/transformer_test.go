package export_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/export"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/safetensors"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestTransformersInONNXRuntime: the exported Transformer, and the language model, give in onnxruntime the logits that
// they give here, at any batch size, with padded sources and layers of falling ranks.
func TestTransformersInONNXRuntime(t *testing.T) {
	backend := testkit.Backend(t)
	const length, pieces = 7, 23
	shape := models.TransformerShape{Vocabulary: pieces, Width: 12, Heads: 3, FeedForward: 20, Encoder: 1, Decoder: 2,
		Longest: length, Dropout: 0.1}
	shared := shape
	shared.Shared, shared.PreNorm, shared.Learnt = true, true, true
	source := lod.Input{Name: "source", Shape: []int{length}, DType: dtypes.Int32}
	target := lod.Input{Name: "target", Shape: []int{length}, DType: dtypes.Int32}
	for _, c := range []struct {
		name   string
		model  lod.Model
		inputs []lod.Input
		opset  int
	}{
		{"translation", models.Transformer(shape), []lod.Input{source, target}, 13},
		{"translation, embeddings shared", models.Transformer(shared), []lod.Input{source, target}, 11},
		{"language model", models.LanguageModel(shape), []lod.Input{target}, 17},
		{"translation, opset 17", models.Transformer(shape), []lod.Input{source, target}, 17},
		{"language model, embeddings shared", models.LanguageModel(shared), []lod.Input{target}, 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.opset == 17 && len(c.inputs) == 2 || c.opset == 11 && len(c.inputs) == 1 {
				testmode.Long(t, "other versions of the same operators")
			}
			n, err := lod.NewNetworkOf(backend, c.model, c.inputs, lod.Init{Kind: lod.InitRandom, Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			ranks := n.Ranks()
			for i := range ranks {
				ranks[i] = max(1, ranks[i]/(1+i%3))
			}
			if err := n.Truncate(ranks); err != nil {
				t.Fatal(err)
			}
			inputs := map[string]safetensors.Tensor{}
			for _, batch := range []int{1, 5} {
				for _, in := range c.inputs {
					inputs[fmt.Sprintf("%d:%s", batch, in.Name)] = sentences(batch, length, pieces)
				}
			}
			got := open(t, n, export.Options{Opset: c.opset}, inputs)
			for _, batch := range []int{1, 5} {
				want, given := sequencesOf(t, backend, n, inputs, batch), got.outputs[fmt.Sprint(batch)]
				if fmt.Sprint(given.Shape) != fmt.Sprint([]int{batch, length, pieces}) {
					t.Fatalf("batch %d: shape %v", batch, given.Shape)
				}
				largest, worst := 0.0, 0.0
				for i, x := range want {
					largest = max(largest, math.Abs(float64(x)))
					worst = max(worst, math.Abs(float64(x-given.Data[i])))
				}
				if !(worst <= 1e-4*largest) || largest == 0 {
					t.Errorf("batch %d: logits differ by up to %g, where the largest is %g", batch, worst, largest)
				}
			}
			if len(got.Differ) > 0 {
				t.Errorf("the two files differ in %v", got.Differ)
			}
			t.Logf("ops: %v", got.Ops)
		})
	}
}

// sentences are rows of pieces that begin anew at each row and end, the later ones earlier, in padding.
func sentences(batch, length, pieces int) safetensors.Tensor {
	rng := rand.New(rand.NewPCG(7, 8))
	flat := make([]float32, batch*length)
	for row := range batch {
		for at := range length - row%3 {
			flat[row*length+at] = float32(4 + rng.IntN(pieces-4))
		}
	}
	return safetensors.Tensor{Shape: []int{batch, length}, Data: flat}
}

// sequencesOf are the network's logits of the inputs of a batch, flat.
func sequencesOf(t *testing.T, backend compute.Backend, n *lod.Network, inputs map[string]safetensors.Tensor,
	batch int) []float32 {
	t.Helper()
	exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{n.Apply(n.Pass(nil).Eval(), in...)}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	var in []any
	for _, port := range n.Inputs {
		x := inputs[fmt.Sprintf("%d:%s", batch, port.Name)]
		ids := make([]int32, len(x.Data))
		for i, v := range x.Data {
			ids[i] = int32(v)
		}
		in = append(in, tensors.FromFlatDataAndDimensions(ids, x.Shape...))
	}
	out, err := exec.Exec(in...)
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](out[0])
}
