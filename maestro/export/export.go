// Package export writes a trained network to files that others open: ONNX, which runtimes for deployment execute, and
// safetensors, the weights by name.
//
// Both hold the network as it is deployed: at its current ranks, and with one matrix in place of two factors where that
// is the smaller. The network itself is not changed.
package export

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// Options say what a file holds beside the network.
type Options struct {
	// Inputs take the place of the network's own where they are not nil.
	Inputs []lod.Input
	// Output is the name of what the model gives; "" is "logits".
	Output string
	// Batch is the one batch size that the ONNX model takes; 0 for any.
	Batch int
	// Opset is the version of ONNX's operators that the ONNX model is written with, from 11 to 17; 0 is 13.
	Opset int
	// Metadata is added to what describes the network; keys of the same name replace it.
	Metadata map[string]string
}

// ONNX writes the network as an ONNX model. It takes the inputs by their names, [batch, …] each, such as "image",
// float32 [batch, height, width, channels] in 0–1, and normalises them itself; it gives the output, float32 [batch,
// …]. Batch norms use the statistics that were averaged last. A layer of two factors is two convolutions or products.
// Weights are initialisers with their variables' names, such as fc1/u, in the layout that ONNX's ops take:
// convolutions [outputs, inputs, k, k], dense maps [inputs, outputs].
//
// An op of the model that has no ONNX form is an error that names it.
func ONNX(w io.Writer, n *lod.Network, o Options) error {
	o = o.of(n)
	if err := o.check(); err != nil {
		return err
	}
	n, err := deployed(n)
	if err != nil {
		return err
	}
	defer n.Store().Finalize()
	weights, err := constants(n)
	if err != nil {
		return err
	}
	f, err := o.record(n, weights, o.Batch)
	if err != nil {
		return err
	}
	if f.metadata, err = o.describe(n); err != nil {
		return err
	}
	whole, err := f.encode()
	if err != nil {
		return err
	}
	_, err = w.Write(whole)
	return err
}

// ONNXFile writes it into a file, which is whole or not there.
func ONNXFile(path string, n *lod.Network, o Options) error {
	return atomicfile.Create(path, func(w io.Writer) error { return ONNX(w, n, o) })
}

// of fills in what the options leave to the network.
func (o Options) of(n *lod.Network) Options {
	if o.Inputs == nil {
		o.Inputs = n.Inputs
	}
	o.Output = cmp.Or(o.Output, "logits")
	return o
}

func checkInput(in lod.Input) error {
	if len(in.Shape) == 0 || slices.Min(in.Shape) < 1 {
		return fmt.Errorf("export: input is %v: it must be the shape of one example, such as 28, 28, 1", in.Shape)
	}
	if channels := in.Shape[len(in.Shape)-1]; len(in.Mean) != len(in.Std) || len(in.Mean) != 0 &&
		len(in.Mean) != channels {
		return fmt.Errorf("export: there are %d means and %d deviations for %d channels", len(in.Mean), len(in.Std),
			channels)
	}
	for _, s := range in.Std {
		if !(s > 0) {
			return fmt.Errorf("export: a deviation is %g: it must be above 0", s)
		}
	}
	return nil
}

func (o Options) check() error {
	for _, in := range o.Inputs {
		if err := checkInput(in); err != nil {
			return err
		}
	}
	if o.Batch < 0 {
		return fmt.Errorf("export: batch is %d: it must be above 0, or 0 for any", o.Batch)
	}
	if o.Opset != 0 && (o.Opset < oldestOpset || o.Opset > newestOpset) {
		return fmt.Errorf("export: opset is %d: it must be from %d to %d, or 0 for %d", o.Opset, oldestOpset,
			newestOpset, usualOpset)
	}
	return nil
}

// record is the model as a file. For any batch size it is recorded twice, with two sizes, to find what depends on them.
func (o Options) record(n *lod.Network, weights map[string]*constant, batch int) (*file, error) {
	if batch > 0 {
		return o.trace(n, o.recorder(weights, 0), batch)
	}
	var twice [2]*file
	for i, standIn := range []int{batchStandIn, otherBatchStandIn} {
		var err error
		if twice[i], err = o.trace(n, o.recorder(weights, standIn), standIn); err != nil {
			return nil, err
		}
	}
	if what := twice[0].differs(twice[1]); what != "" {
		return nil,
			fmt.Errorf("export: the model computes with the batch size (%s differs with it): set Batch to export it "+
				"for one", what)
	}
	return twice[0], nil
}

func (o Options) recorder(weights map[string]*constant, batch int) *recorder {
	opset := cmp.Or(o.Opset, usualOpset)
	inputs := map[string]bool{}
	for _, in := range o.Inputs {
		inputs[in.Name] = true
	}
	return &recorder{weights: weights, inputs: inputs, output: o.Output, counts: map[string]int{}, batch: batch,
		file: file{opset: opset}}
}

func (o Options) trace(n *lod.Network, r *recorder, batch int) (*file, error) {
	err := exceptions.TryCatch[error](func() {
		g := graph.NewGraph(&backend{r: r}, "export")
		defer g.Finalize()
		var inputs []*graph.Node
		for _, in := range o.Inputs {
			inputs = append(inputs, normalise(in, graph.Parameter(g, in.Name, in.Batch(batch))))
		}
		if err := g.Compile(n.Apply(n.Pass(nil).Eval().Unfused(), inputs...)); err != nil {
			panic(err)
		}
	})
	if err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		var all []string
		for _, in := range o.Inputs {
			all = append(all, fmt.Sprint(in.Shape))
		}
		return nil, fmt.Errorf("export: building the model for input %s: %s", strings.Join(all, ", "), line)
	}
	r.file.prune()
	return &r.file, nil
}

func normalise(in lod.Input, x *graph.Node) *graph.Node {
	if in.Mean == nil {
		return x
	}
	scale, shift := make([]float32, len(in.Mean)), make([]float32, len(in.Mean))
	for c := range in.Mean {
		scale[c], shift[c] = float32(1/in.Std[c]), float32(in.Mean[c]/in.Std[c])
	}
	all := func(v []float32) *graph.Node { return graph.ExpandLeftToRank(graph.Const(x.Graph(), v), x.Rank()) }
	return graph.Sub(graph.Mul(x, all(scale)), all(shift))
}

// constants are the network's variables by their paths.
func constants(n *lod.Network) (map[string]*constant, error) {
	all := map[string]*constant{}
	for v := range n.Store().IterVariables() {
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("export: %s: %w", v.Path(), err)
		}
		c := &constant{name: weightName(v.Path())}
		if err := value.ConstBytes(func(data []byte) { c.raw = slices.Clone(data) }); err != nil {
			return nil, fmt.Errorf("export: %s: %w", v.Path(), err)
		}
		all[v.Path()] = c
	}
	return all, nil
}

// weightName is the name a variable has in files: its path below the model's scope.
func weightName(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, "/"), "model/")
}

// layerInfo is a layer in the metadata.
type layerInfo struct {
	Name     string `json:"name"`
	Outputs  int    `json:"outputs"`
	Inputs   int    `json:"inputs"`
	Rank     int    `json:"rank"`
	FullRank int    `json:"full_rank"`
	Factors  bool   `json:"factors"` // kept as two; else as one matrix
	// Flattened is height, width and channels of the images that a dense map's inputs are.
	Flattened []int `json:"flattened,omitempty"`
}

// describeInput is an input in the metadata.
func describeInput(in lod.Input) map[string]any {
	d := map[string]any{"name": in.Name, "shape": in.Shape, "mean": in.Mean, "std": in.Std,
		"normalised_by_model": in.Mean != nil}
	if len(in.Shape) == 3 {
		d["axes"], d["range"] = "batch first, channels last", [2]int{0, 1}
	}
	return d
}

// describe is the metadata of both formats: JSON strings under the keys layers, cost and input, or input_1, input_2
// of several.
func (o Options) describe(n *lod.Network) (map[string]string, error) {
	var layers []layerInfo
	for _, l := range n.Layers {
		info := layerInfo{Name: l.Name, Outputs: l.Outputs, Inputs: l.Inputs, Rank: l.Rank, FullRank: l.Full(),
			Factors: !l.Matrix}
		if l.Flattened != [3]int{} {
			info.Flattened = l.Flattened[:]
		}
		layers = append(layers, info)
	}
	all := map[string]string{}
	values := map[string]any{"layers": layers, "cost": map[string]int64{"weights": n.Cost().Weights,
		"macs": n.Cost().MACs}}
	for i, in := range o.Inputs {
		key := "input"
		if len(o.Inputs) > 1 {
			key = fmt.Sprintf("input_%d", i+1)
		}
		values[key] = describeInput(in)
	}
	for key, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("export: metadata %s: %w", key, err)
		}
		all[key] = string(text)
	}
	for key, value := range o.Metadata {
		all[key] = value
	}
	return all, nil
}
