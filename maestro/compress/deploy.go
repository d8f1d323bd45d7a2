package compress

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// Deploy is the network at the given ranks in the form in which it is used: dead columns cut away, and layers kept as
// one matrix where their two factors would outweigh it, and where `merged` says so. The network itself is not
// changed.
func Deploy(n *lod.Network, ranks []int, merged []int) (*lod.Network, error) {
	d, err := n.Clone()
	if err != nil {
		return nil, err
	}
	return d, deploy(d, ranks, merged)
}

// deploy is Deploy in place.
func deploy(n *lod.Network, ranks []int, merged []int) error {
	if err := n.Truncate(ranks); err != nil {
		return err
	}
	for i, l := range n.Layers {
		if !l.Matrix && l.Factored().Weights >= l.Whole().Weights {
			merged = append(merged[:len(merged):len(merged)], i)
		}
	}
	for _, i := range merged {
		if err := n.Merge(i); err != nil {
			return err
		}
	}
	return nil
}

// Program is a network compiled for a batch size, with its weights and averaged statistics as constants, and a batch to
// run it on.
type Program struct {
	exec  *model.Exec
	batch []*tensors.Tensor // of every input
}

// Compile makes a program of a network as it is, for batches of so many examples. Factors are applied one after the
// other. The network's weights may not change afterwards.
func Compile(backend compute.Backend, n *lod.Network, batch int) (*Program, error) {
	n.Store().WithVariableAsConst(true)
	exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*Node) []*Node {
		return []*Node{n.Apply(n.Pass(nil).Eval().Unfused(), in...)}
	})
	if err != nil {
		return nil, firstLine("building the deployed network", err)
	}
	rng := rand.New(rand.NewPCG(1, uint64(batch)))
	p := &Program{exec: exec}
	for _, input := range n.Inputs {
		t := tensors.FromShape(input.Batch(batch)) // zeros, such as the first word of a table
		if t.DType() == dtypes.Float32 {
			_ = t.FinalizeAll()
			flat := make([]float32, input.Batch(batch).Size())
			for i := range flat {
				flat[i] = float32(rng.NormFloat64())
			}
			t = tensors.FromFlatDataAndDimensions(flat, input.Batch(batch).Dimensions...)
		}
		p.batch = append(p.batch, t)
	}
	_, err = p.Run() // compiles
	return p, err
}

// Run runs the program on its batch and returns the output, flat.
func (p *Program) Run() ([]float32, error) {
	var in []any
	for _, t := range p.batch {
		in = append(in, t)
	}
	out, err := p.exec.Exec(in...)
	if err != nil {
		return nil, firstLine("running the deployed network", err)
	}
	logits, err := tensors.CopyFlatData[float32](out[0])
	return logits, errors.Join(err, out[0].FinalizeAll())
}

// Close frees what the program holds.
func (p *Program) Close() {
	p.exec.Finalize()
	for _, t := range p.batch {
		_ = t.FinalizeAll()
	}
}

// firstLine keeps the first line of GoMLX's errors, which carry their stacks.
func firstLine(what string, err error) error {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("%s: %s", what, line)
}
