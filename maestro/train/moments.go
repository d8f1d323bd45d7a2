package train

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// Moments are those of what goes into each layer, over the probe's batch and all places that the layer is applied at;
// batch norms have the batch's statistics. Of a convolution x is what its kernel covers.
func (p *Probe) Moments() ([]lod.Moments, error) {
	graph, layers := p.run.executor.graph, p.run.Network.Layers
	exec, err := model.NewExec(p.run.executor.backend, p.run.Network.Store(),
		func(_ *model.Scope, in []*Node) []*Node {
			example, _ := graph.setInputs(in)
			moments := make([]*Node, 2*len(layers))
			pass := graph.network.Pass(nil).Observe(func(layer int, rows *Node) {
				moments[2*layer] = ReduceMean(rows, 0)
				moments[2*layer+1] = DivScalar(Einsum("bi,bj->ij", rows, rows), float64(rows.Shape().Dim(0)))
			})
			graph.network.Apply(pass, example.Inputs...)
			return moments
		})
	if err != nil {
		return nil, oneLine("building the layers' moments", err)
	}
	defer exec.Finalize()
	out, err := exec.Exec(p.run.executor.training.with(p.indices)...)
	if err != nil {
		return nil, oneLine("measuring the layers' moments", err)
	}
	defer free(out)
	all := make([]lod.Moments, len(layers))
	for i := range all {
		n := layers[i].Inputs
		all[i] = lod.Moments{Mean: make([]float64, n), Second: mat.NewSymDense(n, nil)}
		for k, x := range tensors.MustCopyFlatData[float32](out[2*i]) {
			all[i].Mean[k] = float64(x)
		}
		flat := tensors.MustCopyFlatData[float32](out[2*i+1])
		for r := range n {
			for c := r; c < n; c++ {
				all[i].Second.SetSym(r, c, float64(flat[r*n+c]))
			}
		}
	}
	return all, nil
}
