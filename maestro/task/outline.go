package task

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// Outline builds what the task computes, without weights and without compiling it, and checks that its parts fit: the
// inputs that batches make, the shape of the loss and of the metrics, the classes of the target. The fingerprint is
// of that computation: another means that the code of batch, model, loss or metrics is another.
func (t *Task) Outline(backend compute.Backend) (fingerprint string, err error) {
	part := ""
	err = exceptions.TryCatch[error](func() {
		g := NewGraph(backend, "outline")
		defer g.Finalize()
		const examples = 2
		b := Batch{Indices: Parameter(g, "indices", shapes.Make(dtypes.Int32, examples))}
		for i, c := range t.Data.Train {
			set := shapes.Make(c.dtype, append([]int{2 * examples}, c.dims[1:]...)...)
			b.Columns = append(b.Columns, Parameter(g, fmt.Sprintf("column%d", i), set))
		}
		for i, c := range t.Data.Constants {
			b.Constants = append(b.Constants, Parameter(g, fmt.Sprintf("constant%d", i),
				shapes.Make(c.dtype, c.dims...)))
		}
		part = "batch"
		example := t.Make(b)
		if len(example.Inputs) != len(t.Inputs) {
			panic(fmt.Errorf("it makes %d inputs, and the network takes %d", len(example.Inputs), len(t.Inputs)))
		}
		for i, x := range example.Inputs {
			if want := t.Inputs[i].Batch(examples); !x.Shape().Equal(want) {
				panic(fmt.Errorf("it makes the input %s in the shape %s, and the network takes %s",
					t.Inputs[i].Name, x.Shape(), want))
			}
		}
		part = "model"
		output := ConvertDType(lod.Trace(g, t.Model, example.Inputs...), dtypes.Float32)
		if output.Rank() < 1 || output.Shape().Dim(0) != examples {
			panic(fmt.Errorf("it gives %s for %d examples: the first axis must be theirs", output.Shape(), examples))
		}
		part = "loss"
		perExample(examples)(t.Loss.Each(output, example.Target))
		perExample(examples)(t.Loss.Each(output, t.Loss.Soft(output, example.Target)))
		if _, classes := t.Loss.(CrossEntropy); classes {
			if err := t.Data.checkLabels(output.Shape().Dim(-1)); err != nil {
				panic(err)
			}
		}
		for _, m := range t.Metrics {
			if part = "metric " + m.Name; m.Of != nil {
				perExample(examples)(m.Of(output, example.Target))
			}
		}
		fingerprint = fmt.Sprintf("%x", sha256.Sum256([]byte(g.String())))[:16]
		part = "batch"
		for _, length := range t.Buckets.Lengths {
			b.Length = length
			if cut := t.Make(b).Inputs[0].Shape(); length < t.Buckets.Columns && cut.Equal(example.Inputs[0].Shape()) {
				panic(fmt.Errorf("it makes the input %s in the shape %s for buckets of length %d too: cut it to "+
					"Batch.Length", t.Inputs[0].Name, cut, length))
			}
		}
	})
	if err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return "", fmt.Errorf("the task %q, its %s: %s", t.Name, part, line)
	}
	return fingerprint, nil
}

// perExample panics unless a value, and its weight where it has one, are one for each of so many examples.
func perExample(examples int) func(each, weight *Node) {
	return func(each, weight *Node) {
		for _, x := range []*Node{each, weight} {
			if x != nil && !slices.Equal(x.Shape().Dimensions, []int{examples}) {
				panic(fmt.Errorf("it gives %s for %d examples: it must be one number each, as [%d]", x.Shape(),
					examples, examples))
			}
		}
	}
}
