package lod

import (
	"cmp"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Model is a network as a function of a pass through it: it applies the pass's layers to x [batch, …] and returns the
// output [batch, …], such as the logits [batch, classes]. A model of several inputs has x as the first and takes the
// others from Pass.Input. It may use any of GoMLX's operations and layers (in Pass.Scope) beside the factorised ones.
type Model func(p *Pass, x *graph.Node) *graph.Node

// Network is a model's factorised layers and the store that holds their weights.
type Network struct {
	Model  Model
	Inputs []Input // as who uses the network gives them
	Layers []Layer // in the order the model applies them
	store  *model.Store
	norms  int  // batch norms in the model
	random bool // whether it has dropout
}

// Input is one of a network's inputs.
type Input struct {
	Name  string
	Shape []int        // of one example
	DType dtypes.DType // zero is float32
	// Mean and Std, one for each of the last axis, are what normalises raw values before the network: (x − mean)/std.
	// Training does it while it makes a batch, a deployed network does it itself. Both are nil for none.
	Mean, Std []float64
}

// Batch is the input's shape for a number of examples.
func (in Input) Batch(examples int) shapes.Shape {
	return shapes.Make(cmp.Or(in.DType, dtypes.Float32), append([]int{examples}, in.Shape...)...)
}

// NewNetwork makes a network of a model with one input of the given shape (its batch size does not matter) and draws
// its weights. Mistakes in the model, which panic while its graph is built, come back as an error.
func NewNetwork(backend compute.Backend, m Model, input shapes.Shape, initial Init) (*Network, error) {
	if input.Rank() == 0 {
		return nil,
			fmt.Errorf("building the model: its input is a single number, and the first axis must be the batch's")
	}
	return NewNetworkOf(backend, m, []Input{{Name: "x", Shape: input.Dimensions[1:], DType: input.DType}}, initial)
}

// NewNetworkOf is NewNetwork for any inputs.
func NewNetworkOf(backend compute.Backend, m Model, inputs []Input, initial Init) (*Network, error) {
	n := &Network{Model: m, Inputs: inputs, store: model.NewStore()}
	if len(inputs) == 0 {
		return nil, fmt.Errorf("building the model: it has no input")
	}
	err := exceptions.TryCatch[error](func() {
		g := graph.NewGraph(backend, "define")
		defer g.Finalize()
		var in []*graph.Node
		for _, input := range inputs {
			in = append(in, graph.Parameter(g, input.Name, input.Batch(2)))
		}
		n.Apply(&Pass{net: n, scope: n.store.RootScope().At("model"), define: true, seed: initial.Seed}, in...)
	})
	if err != nil {
		return nil, fmt.Errorf("building the model: %w", err)
	}
	if len(n.Layers) == 0 {
		return nil, fmt.Errorf("the model has no factorised layer: build it from the pass's Dense and Conv")
	}
	for i := range n.Layers {
		l := &n.Layers[i]
		l.Matrix = l.Kept || initial.matrix(i, len(n.Layers))
		initial.draw(n.scope(i), *l, i)
	}
	return n, nil
}

// Trace builds a model in graph g on inputs [batch, …] without weights, every layer of which gives zeros: for its
// shapes, and to see what else it computes. Mistakes in the model panic.
func Trace(g *graph.Graph, m Model, inputs ...*graph.Node) *graph.Node {
	output, _ := trace(m, inputs)
	return output
}

// Outline are the layers of a model of inputs [batch, …] in graph g, to count what they take. Mistakes in the model
// panic.
func Outline(g *graph.Graph, m Model, inputs ...*graph.Node) []Layer {
	_, layers := trace(m, inputs)
	return layers
}

func trace(m Model, inputs []*graph.Node) (*graph.Node, []Layer) {
	n := &Network{Model: m, Inputs: make([]Input, len(inputs)), store: model.NewStore()}
	output := n.Apply(&Pass{net: n, scope: n.store.RootScope().At("model"), define: true}, inputs...)
	return output, n.Layers
}

// Apply runs the model on its inputs, [batch, …] each, in a pass.
func (n *Network) Apply(p *Pass, inputs ...*graph.Node) *graph.Node {
	if len(inputs) != len(n.Inputs) {
		exceptions.Panicf("the model takes %d inputs and is given %d", len(n.Inputs), len(inputs))
	}
	p.inputs = inputs
	return n.Model(p, inputs[0])
}

// Store holds the network's variables: under model/NAME a layer's factors "u" and "v", or its "matrix" [inputs,
// outputs] or [k, k, channels, outputs], and its "bias", a batch norm's "scale", "offset", "mean" and "variance".
func (n *Network) Store() *model.Store { return n.store }

// Ranks lists the current rank of every layer.
func (n *Network) Ranks() []int {
	ranks := make([]int, len(n.Layers))
	for i, l := range n.Layers {
		ranks[i] = l.Rank
	}
	return ranks
}

// Cost is what the network would take deployed at its current ranks.
func (n *Network) Cost() (total Cost) {
	for _, l := range n.Layers {
		total = total.Plus(l.Deployed())
	}
	return total
}

// Whole is what the network takes with every layer kept as one matrix.
func (n *Network) Whole() (total Cost) {
	for _, l := range n.Layers {
		total = total.Plus(l.Whole())
	}
	return total
}

// StoredMACs is what a forward pass computes in the step as it is compiled, dead columns included.
func (n *Network) StoredMACs() (macs int64) {
	for _, l := range n.Layers {
		macs += l.Allocated().MACs
	}
	return macs
}

// AliveMACs is what it would compute with the dead columns cut away.
func (n *Network) AliveMACs() (macs int64) {
	for _, l := range n.Layers {
		macs += l.Factored().MACs
	}
	return macs
}

// Penalty is the group lasso summed over all layers, without λ_gl, in graph g.
func (n *Network) Penalty(g *graph.Graph, kind Lasso) *graph.Node {
	sum := graph.ScalarZero(g, dtypes.Float32)
	for i, l := range n.Layers {
		if l.Stored > 0 && !l.Matrix {
			u, v := n.factors(i)
			sum = graph.Add(sum, graph.Add(GroupLasso(u.NodeValue(g), kind), GroupLasso(v.NodeValue(g), kind)))
		}
	}
	return sum
}

// Frobenius is Σ‖U Vᵀ‖²_F over the factorised layers, in graph g: the trace of UᵀU VᵀV, which needs no product of the
// two.
func (n *Network) Frobenius(g *graph.Graph) *graph.Node {
	sum := graph.ScalarZero(g, dtypes.Float32)
	for i, l := range n.Layers {
		if l.Stored > 0 && !l.Matrix {
			u, v := n.factors(i)
			sum = graph.Add(sum, graph.ReduceAllSum(graph.Mul(gram(u.NodeValue(g)), gram(v.NodeValue(g)))))
		}
	}
	return sum
}

// gram is wᵀw [columns, columns] of w [rows…, columns].
func gram(w *graph.Node) *graph.Node {
	w = graph.Reshape(w, -1, w.Shape().Dim(-1))
	return graph.Einsum("ia,ib->ab", w, w)
}

func (n *Network) scope(layer int) *model.Scope {
	return n.store.RootScope().At("model").At("%s", n.Layers[layer].Name)
}

// factors are the layer's variables U [outputs, stored] and V [inputs, stored] or [k, k, channels, stored]; nil at
// rank 0.
func (n *Network) factors(layer int) (u, v *model.Variable) {
	scope := n.scope(layer)
	return scope.GetVariable("u"), scope.GetVariable("v")
}
