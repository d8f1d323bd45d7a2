package export_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/export"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/safetensors"
)

// flat is PyTorch's flatten of images [channel][row][column].
func flat(image [][][]float64) (all []float64) {
	for _, channel := range image {
		for _, row := range channel {
			all = append(all, row...)
		}
	}
	return all
}

// linear is PyTorch's: the layer's weight, or its two, and its bias, of x.
func linear(f safetensors.File, layer string, x []float64) []float64 {
	product := func(name string, x []float64) []float64 {
		w := f.Tensors[layer+"."+name]
		out := make([]float64, w.Shape[0])
		for o := range out {
			for i := range x {
				out[o] += float64(w.Data[o*len(x)+i]) * x[i]
			}
		}
		return out
	}
	bias := "bias"
	if _, ok := f.Tensors[layer+".u.weight"]; ok {
		bias = "u.bias"
		x = product("u.weight", product("v.weight", x))
	} else {
		x = product("weight", x)
	}
	for o := range x {
		x[o] += float64(f.Tensors[layer+"."+bias].Data[o])
	}
	return x
}

// TestFlattenedAsInPyTorch: with the weights of the file, a dense map of images computes in PyTorch's own order,
// channel, row, column, what the network computes; of factors and of one matrix, with an activation before or after
// the flattening, and where the model has put channels first itself.
func TestFlattenedAsInPyTorch(t *testing.T) {
	backend := testkit.Backend(t)
	const height, width, channels, batch = 3, 4, 5, 2
	input := []int{height, width, channels}
	flatten := func(x *graph.Node) *graph.Node { return graph.Reshape(x, x.Shape().Dim(0), -1) }
	for name, c := range map[string]struct {
		model    lod.Model
		activate func(float64) float64
		rank     int
	}{
		"factors": {func(p *lod.Pass, x *graph.Node) *graph.Node { return p.Dense("fc1", flatten(x), 7) },
			nil, 2},
		"one matrix": {func(p *lod.Pass, x *graph.Node) *graph.Node { return p.Dense("fc1", flatten(x), 7) },
			nil, 7},
		"tanh after it": {func(p *lod.Pass, x *graph.Node) *graph.Node {
			return p.Dense("fc1", graph.Tanh(flatten(x)),
				7)
		}, math.Tanh, 2},
		"tanh before": {func(p *lod.Pass, x *graph.Node) *graph.Node {
			return p.Dense("fc1", flatten(graph.Tanh(x)),
				7)
		}, math.Tanh, 7},
		"channels first": {func(p *lod.Pass, x *graph.Node) *graph.Node {
			return p.Dense("fc1", flatten(graph.TransposeAllAxes(x, 0, 3, 1, 2)), 7)
		}, nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			n := network(t, backend, c.model, func(lod.Layer) int { return c.rank }, input...)
			x := images(input, batch)["2"]
			want := tensors.MustCopyFlatData[float32](ours(t, backend, n,
				export.Options{Inputs: image(input, nil, nil)}, x))
			path := filepath.Join(t.TempDir(), "model.safetensors")
			var b bytes.Buffer
			if err := export.Safetensors(&b, n, export.Options{Inputs: image(input, nil, nil)}); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := safetensors.Read(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, factors := f.Tensors["fc1.u.weight"]; factors != (c.rank == 2) ||
				f.Metadata["flatten"] != "channel, row, column" {
				t.Errorf("factors: %v, metadata %v", factors, f.Metadata)
			}
			for i := range batch {
				image := make([][][]float64, channels)
				for ch := range image {
					image[ch] = make([][]float64, height)
					for y := range height {
						for z := range width {
							v := float64(x.Data[((i*height+y)*width+z)*channels+ch])
							if c.activate != nil {
								v = c.activate(v)
							}
							image[ch][y] = append(image[ch][y], v)
						}
					}
				}
				for o, got := range linear(f, "fc1", flat(image)) {
					if math.Abs(got-float64(want[i*7+o])) > 1e-5 {
						t.Fatalf("image %d: output %d is %g, want %g", i, o, got, want[i*7+o])
					}
				}
			}
		})
	}
}
