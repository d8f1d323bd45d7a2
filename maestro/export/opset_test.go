package export_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/export"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestOpsets: a model that sums over axes, adds up by the batch's size and convolves computes the same in every opset
// that is offered, at any batch size and at one; an opset that is not is one line.
func TestOpsets(t *testing.T) {
	backend := testkit.Backend(t)
	m := func(p *lod.Pass, x *graph.Node) *graph.Node {
		x = graph.Tanh(p.Conv("conv", x, lod.ConvShape{Outputs: 4, Kernel: 3}))
		x = graph.ReduceSum(graph.Add(x, graph.ReduceAndKeep(x, graph.ReduceSum, 3)), 1, 2)
		return p.Dense("fc", graph.Mul(x, graph.BroadcastToDims(graph.Const(x.Graph(), float32(0.5)),
			x.Shape().Dimensions...)), 10)
	}
	n := network(t, backend, m, func(l lod.Layer) int { return max(1, l.Full()/2) }, 8, 8, 1)
	for _, opset := range []int{0, 11, 12, 15, 17} {
		for _, batch := range []int{0, 3} {
			t.Run(fmt.Sprint(opset, " ", batch), func(t *testing.T) {
				if opset == 12 || opset == 15 {
					testmode.Long(t, "lies between the oldest and the newest")
				}
				o := export.Options{Inputs: image([]int{8, 8, 1}, nil, nil), Opset: opset, Batch: batch}
				inputs := images(o.Inputs[0].Shape, 3)
				got := open(t, n, o, inputs)
				equal(t, backend, n, o, inputs, got.outputs)
				if opset > 0 && got.Opset != opset || opset == 0 && got.Opset != 13 {
					t.Errorf("opset is %d", got.Opset)
				}
				if want := map[int]string{0: "batch", 3: "3"}[batch]; fmt.Sprint(got.Input[0]) != want {
					t.Errorf("the batch is %v, want %s", got.Input[0], want)
				}
			})
		}
	}
	for _, opset := range []int{10, 18, -1} {
		err := export.ONNX(&bytes.Buffer{}, n, export.Options{Inputs: image([]int{8, 8, 1}, nil, nil), Opset: opset})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("opset is %d: it must be from 11 to 17", opset)) {
			t.Errorf("opset %d: error is %v", opset, err)
		}
	}
}
