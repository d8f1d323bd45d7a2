package export_test

import (
	"io"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/export"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// TestWeightsThatAreNoNumbers: a network with a weight, or a statistic of a batch norm, that is NaN or infinite is not
// exported in either format; the error names where it is.
func TestWeightsThatAreNoNumbers(t *testing.T) {
	m := func(p *lod.Pass, x *graph.Node) *graph.Node { return p.BatchNorm("norm", p.Dense("fc", x, 3)) }
	for path, value := range map[string]float64{"fc/u": math.NaN(), "fc/bias": math.Inf(1),
		"norm/variance": math.Inf(-1)} {
		n := network(t, testkit.PureGo(t), m, func(l lod.Layer) int { return 2 }, 4)
		v := n.Store().GetVariable("/model/" + path)
		flat := make([]float32, v.Shape().Size())
		flat[len(flat)-1] = float32(value)
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(flat, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(path, "/")
		for _, write := range []func(io.Writer, *lod.Network, export.Options) error{export.ONNX, export.Safetensors} {
			if err := write(io.Discard, n, export.Options{Inputs: image([]int{4}, nil, nil)}); err == nil ||
				!strings.Contains(err.Error(), "layer "+name+" has weights that are NaN or infinite") {
				t.Errorf("%s of %g: error is %v", path, value, err)
			}
		}
	}
}
