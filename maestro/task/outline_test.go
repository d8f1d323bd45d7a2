package task_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/task"
)

// classes is a task of eight examples of three numbers in two classes.
func classes() *task.Task {
	set := func() task.Set {
		return task.Set{task.NewColumn(make([]float32, 24), 3), task.NewColumn([]int32{0, 1, 0, 1, 0, 1, 0, 1})}
	}
	return &task.Task{
		Net: task.Net{Name: "net", Inputs: []lod.Input{{Name: "x", Shape: []int{3}}},
			Model: func(p *lod.Pass, x *Node) *Node { return p.Dense("b", Tanh(p.Dense("a", x, 4)), 2) }},
		Data: &task.Data{Name: "eight", Train: set(), Validation: set(), Test: set()},
		Loss: task.CrossEntropy{}, Metrics: []task.Metric{task.ClassAccuracy()},
	}
}

// own is a loss that gives what it is told to.
type own struct {
	each func(output, target *Node) (*Node, *Node)
}

func (l own) Each(output, target *Node) (each, weight *Node) { return l.each(output, target) }
func (own) Soft(output, _ *Node) *Node                       { return output }

// TestMistakesOfOnesOwn: each is one line that names the part, before anything is trained.
func TestMistakesOfOnesOwn(t *testing.T) {
	backend := testkit.PureGo(t)
	for say, spoil := range map[string]func(it *task.Task){
		`the task "net" has no Loss`: func(it *task.Task) { it.Loss = nil },
		`has two metrics named "accuracy"`: func(it *task.Task) {
			it.Metrics = append(
				it.Metrics, it.Metrics...)
		},
		"the validation split has no examples": func(it *task.Task) { it.Data.Validation = nil },
		"column 1 of the test split has 7 examples, and the first 8": func(
			it *task.Task) {
			it.Data.Test[1] = task.NewColumn(make([]int32, 7))
		},
		"column 0 of the validation split is not of the form": func(
			it *task.Task) {
			it.Data.Validation[0] = task.NewColumn(make([]float32, 16), 2)
		},
		"column 0 of the training split is NaN at example 5": func(it *task.Task) {
			x := make([]float32, 24)
			x[16] = float32(math.NaN())
			it.Data.Train[0] = task.NewColumn(x, 3)
		},
		"example 3 of the test split is of class 2, and the network gives 2": func(
			it *task.Task) {
			it.Data.Test[1] = task.NewColumn([]int32{0, 1, 0, 2, 0, 1, 0, 1})
		},
		"its batch: it makes the input x in the shape": func(
			it *task.Task) {
			it.Inputs[0].Shape = []int{4}
		},
		"its batch: it makes 1 inputs, and the network takes 2": func(it *task.Task) {
			it.Inputs = append(
				it.Inputs, lod.Input{Name: "y", Shape: []int{1}})
		},
		`its model: two layers are named "a"`: func(it *task.Task) {
			it.Model = func(p *lod.Pass, x *Node) *Node { return p.Dense("a", p.Dense("a", x, 4), 2) }
		},
		"its model: it gives (Float32) for 2 examples": func(it *task.Task) {
			it.Model = func(p *lod.Pass, x *Node) *Node { return ReduceAllSum(p.Dense("a", x, 4)) }
		},
		"its loss: it gives (Float32) for 2 examples: it must be one number": func(
			it *task.Task) {
			it.Loss = own{func(o, _ *Node) (*Node, *Node) { return ReduceAllSum(o), nil }}
		},
		"its loss: it gives (Float32)[2, 2] for 2 examples": func(
			it *task.Task) {
			it.Loss = own{func(o, _ *Node) (*Node, *Node) { return ReduceSum(o, -1), o }}
		},
		"its metric rank: it gives (Float32)[2, 2] for 2 examples": func(it *task.Task) {
			it.Metrics = []task.Metric{{Name: "rank", Of: func(o, _ *Node) (*Node, *Node) { return o, nil }}}
		},
	} {
		it := classes()
		spoil(it)
		err := it.Check()
		if err == nil {
			_, err = it.Outline(backend)
		}
		if err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, say)
		}
	}
}

// TestFingerprint: it is the same for the same code, whatever the data's values and number, and another for another
// model, loss, batch or metric.
func TestFingerprint(t *testing.T) {
	backend := testkit.PureGo(t)
	of := func(change func(it *task.Task)) string {
		it := classes()
		change(it)
		code, err := it.Outline(backend)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	same := of(func(*task.Task) {})
	if more := of(func(it *task.Task) {
		it.Data.Train = task.Set{task.NewColumn(make([]float32, 30), 3), task.NewColumn(make([]int32, 10))}
	}); more != same || len(same) != 16 {
		t.Errorf("of more examples it is %s, else %s", more, same)
	}
	seen := map[string]string{same: "itself"}
	for name, change := range map[string]func(it *task.Task){
		"model": func(it *task.Task) {
			it.Model = func(p *lod.Pass, x *Node) *Node { return p.Dense("b", Sigmoid(p.Dense("a", x, 4)), 2) }
		},
		"width": func(it *task.Task) {
			it.Model = func(p *lod.Pass, x *Node) *Node { return p.Dense("b", Tanh(p.Dense("a", x, 5)), 2) }
		},
		"loss": func(it *task.Task) {
			it.Loss = own{func(o, _ *Node) (*Node, *Node) {
				return ReduceSum(o, -1),
					nil
			}}
		},
		"metric": func(it *task.Task) { it.Metrics = nil },
		"batch": func(it *task.Task) {
			it.Batch = func(b task.Batch) task.Example {
				return task.Example{Inputs: []*Node{MulScalar(b.Rows(0), 2)}, Target: b.Rows(1)}
			}
		},
	} {
		code := of(change)
		if other := seen[code]; other != "" {
			t.Errorf("another %s has the fingerprint of %s", name, other)
		}
		seen[code] = name
	}
}

// TestLosses holds the losses and metrics against their definitions in float64.
func TestLosses(t *testing.T) {
	backend := testkit.Backend(t)
	output := [][]float64{{1.5, -2, 0.25}, {-30, 40, 1}}
	softmax := func(row []float64) (p []float64) {
		sum := 0.0
		for _, x := range row {
			sum += math.Exp(x)
		}
		for _, x := range row {
			p = append(p, math.Exp(x)/sum)
		}
		return p
	}
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	flat := func(rows [][]float64) (all []float32) {
		for _, row := range rows {
			for _, x := range row {
				all = append(all, float32(x))
			}
		}
		return all
	}
	labels := [][]float64{{1, 0, 0.25}, {0, 1, 1}}
	var cross, soft, squared, binary []float64
	for i, row := range output {
		cross = append(cross, -math.Log(softmax(row)[2-i]))
		s, q, b := 0.0, 0.0, 0.0
		for k, x := range row {
			s -= labels[i][k] * math.Log(softmax(row)[k])
			q += (x - labels[i][k]) * (x - labels[i][k]) / 4 / 3
			p := sigmoid(x)
			if y := labels[i][k]; y > 0 {
				b -= y * math.Log(p) / 3
			}
			if y := labels[i][k]; y < 1 {
				b -= (1 - y) * math.Log(sigmoid(-x)) / 3
			}
		}
		soft, squared, binary = append(soft, s), append(squared, q), append(binary, b)
	}
	numbers := tensors.FromFlatDataAndDimensions(flat(labels), 2, 3)
	for name, c := range map[string]struct {
		of     func(output, target *Node) (*Node, *Node)
		target *tensors.Tensor
		want   []float64
	}{
		"cross-entropy of classes": {task.CrossEntropy{}.Each, tensors.FromFlatDataAndDimensions([]int32{2, 1},
			2), cross},
		"cross-entropy of a distribution": {task.CrossEntropy{}.Each, numbers, soft},
		"squared error":                   {task.SquaredError{Scale: 2}.Each, numbers, squared},
		"binary cross-entropy":            {task.BinaryCrossEntropy{}.Each, numbers, binary},
		"accuracy": {task.ClassAccuracy().Of, tensors.FromFlatDataAndDimensions([]int32{2, 1},
			2), []float64{0, 1}},
		"share of labels of the right sign": {task.LabelAccuracy().Of,
			tensors.FromFlatDataAndDimensions([]uint8{1, 0, 0, 0, 1, 1}, 2, 3), []float64{2. / 3, 1}},
	} {
		exec := MustNewExec(backend, func(output, target *Node) *Node {
			each, weight := c.of(output, target)
			if weight != nil {
				t.Errorf("%s: it has weights", name)
			}
			return ConvertDType(each, dtypes.Float32)
		})
		out, err := exec.Call(tensors.FromFlatDataAndDimensions(flat(output), 2, 3), c.target)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range tensors.MustCopyFlatData[float32](out[0]) {
			if !(math.Abs(float64(got)-c.want[i]) <= 1e-5*(1+math.Abs(c.want[i]))) {
				t.Errorf("%s of example %d is %g, want %g", name, i, got, c.want[i])
			}
		}
	}
}
