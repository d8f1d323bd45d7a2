// Package layer describes the factorised layers of a network: their shapes, ranks and cost. It knows no programs, so
// that what only reads of networks links none.
package layer

// Layer describes one factorised layer of a model.
type Layer struct {
	Name      string
	Outputs   int // rows of the weight matrix
	Inputs    int // its columns: k·k·channels for a convolution
	Kernel    int // k of a k×k convolution, 0 for a dense map
	Positions int // how many times the matrix is applied to one example: output pixels, 1 for a dense map
	Stored    int // columns that the factors have in memory and in the compiled step
	Rank      int // columns that are alive: the layer's current rank, at most Stored
	// Matrix says that the layer is kept as one matrix: nothing of it is sampled, penalised or cut, and Rank is Full.
	Matrix bool `json:",omitempty"`
	// Channels is a convolution's number of input channels.
	Channels int `json:",omitempty"`
	// Flattened is height, width and channels of the images that a dense map's inputs are, flattened in this order;
	// zero for other inputs.
	Flattened [3]int `json:",omitzero"`
	Bias      bool   `json:",omitempty"`
	// Kept says that the model asks for one matrix: no method puts the layer into factors.
	Kept bool `json:",omitempty"`
	// Beside counts multiply-adds for one example that go with the layer and are of none of its weights: attention's
	// two products, a projection by an embedding.
	Beside int64 `json:",omitempty"`
}

// Full is the largest rank the layer can have, and the one it starts at.
func (l Layer) Full() int { return min(l.Outputs, l.Inputs) }

// Cost is what a layer, or a model, takes.
type Cost struct {
	MACs    int64 `csv:"macs"`    // multiply-adds of one forward pass for one example
	Weights int64 `csv:"weights"` // numbers in the weight matrices, biases left out
}

// Plus adds two costs.
func (c Cost) Plus(d Cost) Cost { return Cost{MACs: c.MACs + d.MACs, Weights: c.Weights + d.Weights} }

// Sampled is the number of ranks that training samples: the current rank, none for one matrix.
func (l Layer) Sampled() int {
	if l.Matrix {
		return 0
	}
	return l.Rank
}

// Whole is the cost of the layer kept as one matrix.
func (l Layer) Whole() Cost { return l.cost(int64(l.Outputs) * int64(l.Inputs)) }

// Factored is the cost of the layer kept as two factors of its current rank.
func (l Layer) Factored() Cost {
	if l.Matrix {
		return l.Whole()
	}
	return l.cost(int64(l.Rank) * int64(l.Outputs+l.Inputs))
}

// Deployed is the cost of the layer as it would be deployed: in two factors where that is smaller, else in one matrix.
func (l Layer) Deployed() Cost {
	if f, w := l.Factored(), l.Whole(); f.Weights < w.Weights {
		return f
	}
	return l.Whole()
}

// Allocated is the cost of the step as it is compiled, dead columns included.
func (l Layer) Allocated() Cost {
	if l.Matrix {
		return l.Whole()
	}
	return l.cost(int64(l.Stored) * int64(l.Outputs+l.Inputs))
}

func (l Layer) cost(weights int64) Cost {
	return Cost{Weights: weights, MACs: weights*int64(l.Positions) + l.Beside}
}
