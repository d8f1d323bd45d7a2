package export_test

import (
	"encoding/json"
	"fmt"
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

	"github.com/maestro-lod/notebook/maestro/export"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/safetensors"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// network is one at the given ranks, with random weights through which signals neither fade nor grow, and random
// statistics in its batch norms. Half of its layers' dead columns are cut away, the others are still stored.
func network(t *testing.T, backend compute.Backend, m lod.Model, rank func(l lod.Layer) int,
	input ...int) *lod.Network {
	t.Helper()
	n, err := lod.NewNetwork(backend, m, shapes.Make(dtypes.Float32, append([]int{2}, input...)...),
		lod.Init{Kind: lod.InitRandom})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	fill := func(path string, low, high float64) {
		v := n.Store().GetVariable("/model/" + path)
		if v == nil {
			return
		}
		flat := make([]float32, v.Shape().Size())
		for i := range flat {
			flat[i] = float32(low + (high-low)*rng.Float64())
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(flat, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n.Layers {
		l := &n.Layers[i]
		l.Rank = rank(*l)
		u, v := math.Sqrt(3/float64(max(l.Rank, 1))), math.Sqrt(6/float64(l.Inputs)) // He et al. 2015
		fill(l.Name+"/u", -u, u)
		fill(l.Name+"/v", -v, v)
		fill(l.Name+"/bias", -0.25, 0.25)
		fill(l.Name+"-norm/scale", 0.5, 1.5)
		fill(l.Name+"-norm/variance", 0.5, 1.5)
		fill(l.Name+"-norm/offset", -0.25, 0.25)
		fill(l.Name+"-norm/mean", -0.25, 0.25)
		if i == len(n.Layers)/2 {
			if err := n.Cut(nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	return n
}

// image is the input of images of a shape.
func image(shape []int, mean, std []float64) []lod.Input {
	return []lod.Input{{Name: "image", Shape: shape, Mean: mean, Std: std}}
}

// images are in 0–1, a tensor for each batch size; a smaller batch is the beginning of a larger one.
func images(input []int, batches ...int) map[string]safetensors.Tensor {
	all := map[string]safetensors.Tensor{}
	for _, b := range batches {
		rng := rand.New(rand.NewPCG(5, 6))
		shape := append([]int{b}, input...)
		flat := make([]float32, shapes.Make(dtypes.Float32, shape...).Size())
		for i := range flat {
			flat[i] = rng.Float32()
		}
		all[fmt.Sprint(b)] = safetensors.Tensor{Shape: shape, Data: flat}
	}
	return all
}

// ours is what the network computes at its current ranks, as it is measured.
func ours(t *testing.T, backend compute.Backend, n *lod.Network, o export.Options,
	x safetensors.Tensor) *tensors.Tensor {
	t.Helper()
	exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		x := in[0]
		if o.Inputs[0].Mean != nil {
			all := func(v []float64) *graph.Node {
				return graph.ExpandLeftToRank(graph.ConstAsDType(x.Graph(), x.DType(), v), x.Rank())
			}
			x = graph.Div(graph.Sub(x, all(o.Inputs[0].Mean)), all(o.Inputs[0].Std))
		}
		return []*graph.Node{n.Model(n.Pass(in[1]).Eval(), x)}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	ranks := make([]int32, len(n.Layers))
	for i, l := range n.Layers {
		ranks[i] = int32(l.Rank)
	}
	out, err := exec.Exec(tensors.FromFlatDataAndDimensions(x.Data, x.Shape...), ranks)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// equal fails unless onnxruntime's outputs are the network's to 1e-4 of the largest. The network computes the largest
// batch, of which the others are the beginning.
func equal(t *testing.T, backend compute.Backend, n *lod.Network, o export.Options, inputs,
	got map[string]safetensors.Tensor) {
	t.Helper()
	var longest safetensors.Tensor
	for _, x := range inputs {
		if len(x.Data) > len(longest.Data) {
			longest = x
		}
	}
	out := ours(t, backend, n, o, longest)
	all, shape := tensors.MustCopyFlatData[float32](out), out.Shape().Dimensions
	for name, x := range inputs {
		want := all[:len(all)/longest.Shape[0]*x.Shape[0]]
		if wanted := append([]int{x.Shape[0]}, shape[1:]...); !slices.Equal(got[name].Shape, wanted) {
			t.Errorf("batch %s: shape %v, want %v", name, got[name].Shape, wanted)
			continue
		}
		largest, worst := 0.0, 0.0
		for i, v := range want {
			largest, worst = max(largest, math.Abs(float64(v))), max(worst, math.Abs(float64(v-got[name].Data[i])))
		}
		if !(worst <= 1e-4*largest) || largest == 0 {
			t.Errorf("batch %s: outputs differ by up to %g, where the largest is %g", name, worst, largest)
		}
		t.Logf("batch %s: outputs differ by up to %.2g, where the largest is %.2g", name, worst, largest)
		if k := len(want) / x.Shape[0]; x.Shape[0] > 1 && math.Abs(float64(want[0]-want[k])) < 1e-3*largest {
			t.Errorf("batch %s: the first two images have the same outputs, which shows nothing", name)
		}
	}
}

// TestNetworksInONNXRuntime: the exported networks, of layers in factors, in one matrix, and of rank 0, compute in
// onnxruntime what they compute here, at any batch size; both files hold the same weights under their names.
func TestNetworksInONNXRuntime(t *testing.T) {
	backend := testkit.Backend(t)
	for _, c := range []struct {
		name  string
		model lod.Model
		o     export.Options
		rank  func(l lod.Layer) int
	}{
		{"lenet", models.LeNet(10),
			export.Options{Inputs: image([]int{28, 28, 1}, []float64{0.1307}, []float64{0.3081})},
			func(l lod.Layer) int { return max(2, l.Full()/4) }},
		{"lenet of full rank", models.LeNet(10), export.Options{Inputs: image([]int{28, 28, 1}, nil, nil)},
			func(l lod.Layer) int { return l.Full() }},
		{"resnet18", models.ResNet18(10, 8), export.Options{Inputs: image([]int{32, 32, 3}, []float64{0.49, 0.48, 0.45},
			[]float64{0.25, 0.24, 0.26})},
			func(l lod.Layer) int {
				switch {
				case l.Name == "stage2-block2-a":
					return 0
				case strings.HasSuffix(l.Name, "-b"):
					return l.Full()
				}
				return l.Full() / 3
			}},
		{"vgg19", models.VGG19(10, 8), export.Options{Inputs: image([]int{32, 32, 3}, nil, nil)},
			func(l lod.Layer) int { return max(2, l.Full()/(1+int(l.Name[len(l.Name)-1])%3)) }},
		{"resnet50", models.ResNet50(10, 4), export.Options{Inputs: image([]int{64, 64, 3}, nil, nil)},
			func(l lod.Layer) int { return max(2, l.Full()/(1+int(l.Name[len(l.Name)-1])%3)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "vgg19" || c.name == "resnet50" {
				testmode.Long(t, "compiles a larger network of the same operations")
			}
			n := network(t, backend, c.model, c.rank, c.o.Inputs[0].Shape...)
			products := 0 // two factors are two, a matrix is one: that is the point
			for _, l := range n.Layers {
				switch {
				case l.Rank == 0:
				case l.Deployed() == l.Factored():
					products += 2
				default:
					products++
				}
			}
			inputs := images(c.o.Inputs[0].Shape, 1, 3, 17)
			before := ours(t, backend, n, c.o, inputs["17"])
			got := open(t, n, c.o, inputs)
			equal(t, backend, n, c.o, inputs, got.outputs)
			if after := ours(t, backend, n, c.o, inputs["17"]); !after.Equal(before) {
				t.Error("the export changed the network")
			}
			if want := fmt.Sprint(append([]any{"batch"}, anys(c.o.Inputs[0].Shape)...)); fmt.Sprint(
				got.Input) != want || fmt.Sprint(got.Output) != "[batch 10]" {
				t.Errorf("the model takes %v and gives %v", got.Input, got.Output)
			}
			if len(got.Differ) > 0 {
				t.Errorf("the two files differ in %v", got.Differ)
			}
			if got := got.Ops["Conv"] + got.Ops["MatMul"]; got != products {
				t.Errorf("%d products in the model, want %d", got, products)
			}
			if len(got.NoKernel) > 0 || got.Ops["Identity"] > 0 { // OpenCV 4.10 loads no such convolution
				t.Errorf("%v do not say their kernel's shape, and there are %d Identity nodes", got.NoKernel,
					got.Ops["Identity"])
			}
			checkDescription(t, n, got)
			t.Logf("ops: %v", got.Ops)
		})
	}
}

// checkDescription holds what the metadata and shapes say against the network.
func checkDescription(t *testing.T, n *lod.Network, got opened) {
	t.Helper()
	var layers []struct {
		Name     string
		Rank     int
		FullRank int `json:"full_rank"`
		Factors  bool
	}
	if got.Metadata["layers"] != got.TensorMetadata["layers"] || got.TensorMetadata["format"] != "pt" {
		t.Errorf("metadata %v and %v", got.Metadata, got.TensorMetadata)
	}
	if err := json.Unmarshal([]byte(got.Metadata["layers"]), &layers); err != nil || len(layers) != len(n.Layers) {
		t.Fatalf("layers %v, %v", layers, err)
	}
	for i, l := range n.Layers {
		if factors := l.Deployed() == l.Factored(); layers[i].Name != l.Name || layers[i].Factors != factors ||
			factors && layers[i].Rank != l.Rank || layers[i].FullRank != l.Full() {
			t.Errorf("layer %+v is described as %+v", l, layers[i])
		}
		want := map[string][]int{".weight": {l.Outputs, l.Inputs}}
		if layers[i].Factors {
			want = map[string][]int{".u.weight": {l.Outputs, l.Rank}, ".v.weight": {l.Rank, l.Inputs}}
		}
		for name, shape := range want {
			if l.Kernel > 0 && name == ".u.weight" {
				shape = append(shape, 1, 1)
			} else if l.Kernel > 0 {
				shape = []int{shape[0], l.Channels, l.Kernel, l.Kernel}
			}
			if has := got.Tensors[l.Name+name]; layers[i].Factors && l.Rank == 0 && has != nil || l.Rank > 0 &&
				!slices.Equal(has, shape) {
				t.Errorf("tensor %s%s has shape %v, want %v", l.Name, name, has, shape)
			}
		}
	}
}

func anys(xs []int) (out []any) {
	for _, x := range xs {
		out = append(out, x)
	}
	return out
}
