package export

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/safetensors"
)

// Safetensors writes the network's weights by names and in shapes that PyTorch's modules take, r being a layer's rank:
//
//	fc1.v.weight     [r, inputs]          a Linear without bias, then
//	fc1.u.weight     [outputs, r]         a Linear with
//	fc1.u.bias       [outputs]
//	conv1.v.weight   [r, channels, k, k]  a Conv2d without bias, with the layer's stride and padding, then
//	conv1.u.weight   [outputs, r, 1, 1]   a Conv2d of size 1
//	conv1.u.bias     [outputs]
//	fc3.weight, fc3.bias                  a layer kept as one matrix; of one of rank 0 only the bias is left
//	stem-norm.weight, .bias, .running_mean, .running_var    a batch norm, with the statistics that were averaged last
//	decoder-norm.weight, .bias            a LayerNorm
//	shared-embedding.weight [rows, width] an Embedding
//
// A model's own variables keep their names and shapes. A dense map of flattened images takes them in the order of
// PyTorch's flatten, channel, row, column, where the network here has row, column, channel; the metadata say so under
// "flatten". They say "format": "pt" too, and hold the layers, cost and input as JSON.
func Safetensors(w io.Writer, n *lod.Network, o Options) error {
	o = o.of(n)
	if err := o.check(); err != nil {
		return err
	}
	n, err := deployed(n)
	if err != nil {
		return err
	}
	defer n.Store().Finalize()
	f := safetensors.File{Tensors: map[string]safetensors.Tensor{}}
	if f.Metadata, err = o.describe(n); err != nil {
		return err
	}
	f.Metadata["format"], f.Metadata["flatten"] = "pt", "channel, row, column"
	weights, err := constants(n)
	if err != nil {
		return err
	}
	for v := range n.Store().IterVariables() {
		raw, dims := weights[v.Path()].raw, v.Shape().Dimensions
		if 4*v.Shape().Size() != len(raw) {
			return fmt.Errorf("export: %s is of type %s: only float32 is written", v.Path(), v.Shape().DType)
		}
		layer, name, _ := strings.Cut(weightName(v.Path()), "/")
		images := flattened(n, layer, name)
		if images != nil { // as a kernel of the images' size
			dims = append(images, dims[1])
		}
		name, perm := torchName(n, layer, name, len(dims))
		t := safetensors.Tensor{Shape: permuted(dims, perm), Data: floats(transposed(raw, dims, perm, 4))}
		if images != nil {
			t.Shape = []int{t.Shape[0], product(t.Shape[1:])}
		}
		if name == "u.weight" && kernel(n, layer) > 0 {
			t.Shape = append(t.Shape, 1, 1)
		}
		f.Tensors[layer+"."+name] = t
	}
	return safetensors.Write(w, f)
}

// torchName is a variable's name in PyTorch, and the axes of its own that make up the axes there.
func torchName(n *lod.Network, layer, name string, rank int) (string, []int) {
	same := []int{0, 1, 2, 3, 4, 5, 6, 7}[:rank]
	outputsFirst := slices.Clone(same)
	if rank == 4 { // [k, k, channels, outputs]
		outputsFirst = []int{3, 2, 0, 1}
	} else {
		slices.Reverse(outputsFirst)
	}
	at := slices.IndexFunc(n.Layers, func(l lod.Layer) bool { return l.Name == layer })
	switch {
	case at < 0:
		if norm, ok := map[string]string{"table": "weight", "scale": "weight", "offset": "bias",
			"mean":     "running_mean",
			"variance": "running_var"}[name]; ok {
			return norm, same
		}
	case name == "matrix":
		return "weight", outputsFirst
	case name == "v":
		return "v.weight", outputsFirst
	case name == "u":
		return "u.weight", same
	case name == "bias" && !n.Layers[at].Matrix && n.Layers[at].Stored > 0:
		return "u.bias", same
	}
	return strings.ReplaceAll(name, "/", "."), same
}

// kernel is k of the named layer if it is a k×k convolution, else 0.
func kernel(n *lod.Network, layer string) int {
	for _, l := range n.Layers {
		if l.Name == layer {
			return l.Kernel
		}
	}
	return 0
}

// flattened is height, width and channels of the images that a layer's weight is over, flattened; nil for other
// variables.
func flattened(n *lod.Network, layer, name string) []int {
	at := slices.IndexFunc(n.Layers, func(l lod.Layer) bool { return l.Name == layer })
	if at < 0 || name != "v" && name != "matrix" || n.Layers[at].Flattened == [3]int{} {
		return nil
	}
	images := n.Layers[at].Flattened
	return images[:]
}

func floats(raw []byte) []float32 {
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}
