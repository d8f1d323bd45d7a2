package export_test

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"

	"github.com/maestro-lod/notebook/maestro/export"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
)

func fullRank(l lod.Layer) int { return l.Full() }

// TestOpsOfUsersModels: models that use GoMLX's ops beside the layers compute the same in onnxruntime.
func TestOpsOfUsersModels(t *testing.T) {
	backend := testkit.Backend(t)
	flat := func(x *Node) *Node { return Reshape(x, x.Shape().Dim(0), -1) }
	head := func(p *lod.Pass, x *Node) *Node { return p.Dense("head", flat(x), 5) }
	conv := func(p *lod.Pass, x *Node) *Node {
		return p.Conv("conv", x, lod.ConvShape{Outputs: 6, Kernel: 3, Padding: 1})
	}
	for name, m := range map[string]lod.Model{
		"functions": func(p *lod.Pass, x *Node) *Node {
			x = conv(p, x)
			x = Add(Mul(Sin(x), Cos(x)), Div(Exp(Neg(Abs(x))), AddScalar(Sqrt(Abs(x)), 1)))
			x = Add(Tanh(x), Add(Sigmoid(x), Add(Log(AddScalar(Square(x), 1)), Rsqrt(AddScalar(Square(x), 1)))))
			return head(p, Min(x, MaxScalar(Floor(x), 0.1)))
		},
		"choices": func(p *lod.Pass, x *Node) *Node {
			x = conv(p, x)
			y := Where(And(GreaterThan(x, ZerosLike(x)), Not(LessThan(x, OnesLike(x)))), x, MulScalar(x, -0.5))
			y = Add(y, ConvertDType(LessOrEqual(x, ZerosLike(x)), x.DType()))
			top := ConvertDType(ExpandDims(ArgMax(x, -1), -1), x.DType())
			return head(p, Add(ClipScalar(y, -0.4, 0.7), MulScalar(top, 0.1)))
		},
		"parts": func(p *lod.Pass, x *Node) *Node {
			x = conv(p, x)
			a := Slice(x, AxisRange(), AxisRange(1, 7), AxisRange().Stride(2), AxisRange(0, 4))
			b := Slice(x, AxisRange(), AxisRange(0, 6), AxisRange(1).Stride(2), AxisRange(2, 6))
			return head(p, Concatenate([]*Node{a, Reverse(b, 1), Mul(a, b)}, -1))
		},
		"pooling": func(p *lod.Pass, x *Node) *Node {
			x = conv(p, x)
			max := MaxPool(x).Window(3).Strides(2).PaddingPerDim([][2]int{{1, 1}, {1, 1}}).Done()
			return head(p, Concatenate([]*Node{max, MeanPool(x).Window(2).Done()}, -1))
		},
		"sums": func(p *lod.Pass, x *Node) *Node {
			x = conv(p, x)
			y := Add(ReduceMax(x, 1), Mul(ReduceMin(x, 1), ReduceSum(x, 2)))
			return p.Dense("head", Add(ReduceMean(y, 1), ReduceMean(x, 1, 2)), 5)
		},
		"softmax and norm": func(p *lod.Pass, x *Node) *Node {
			x = conv(p, x)
			mean := ReduceAndKeep(x, ReduceMean, -1)
			x = Sub(x, mean)
			x = Div(x, Sqrt(AddScalar(ReduceAndKeep(Square(x), ReduceMean, -1), 1e-5)))
			return Softmax(head(p, activation.Gelu(x)), -1)
		},
		"attention": func(p *lod.Pass, x *Node) *Node {
			x = conv(p, x) // [batch, 8, 8, 6]: 64 places of 2 heads of 3
			x = Reshape(x, x.Shape().Dim(0), 64, 2, 3)
			scores := Softmax(Einsum("bqhd,bkhd->bhqk", x, Tanh(x)), -1)
			return head(p, Einsum("bhqk,bkhd->bqhd", scores, x))
		},
		"batch in another axis": func(p *lod.Pass, x *Node) *Node {
			x = p.Dense("first", Reshape(x, -1, 3), 4) // [batch·64, 3]
			x = TransposeAllAxes(Reshape(x, -1, 8, 8, 4), 3, 1, 2, 0)
			return head(p, TransposeAllAxes(MulScalar(x, 2), 3, 0, 1, 2))
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := export.Options{Inputs: image([]int{8, 8, 3}, nil, nil)}
			n := network(t, backend, m, fullRank, o.Inputs[0].Shape...)
			inputs := images(o.Inputs[0].Shape, 1, 4)
			equal(t, backend, n, o, inputs, open(t, n, o, inputs).outputs)
		})
	}
}

// TestRankZero: a layer without ranks gives its bias, to a batch of any size.
func TestRankZero(t *testing.T) {
	backend := testkit.Backend(t)
	for _, zero := range []string{"conv", "hidden"} {
		n := network(t, backend, func(p *lod.Pass, x *Node) *Node {
			y := p.Conv("conv", x, lod.ConvShape{Outputs: 3, Kernel: 3, Padding: 1})
			y = Reshape(Add(x, y), x.Shape().Dim(0), -1)
			return Add(p.Dense("head", y, 5), p.Dense("hidden", y, 5))
		}, func(l lod.Layer) int {
			if l.Name == zero {
				return 0
			}
			return l.Full()
		}, 6, 6, 3)
		o := export.Options{Inputs: image([]int{6, 6, 3}, nil, nil)}
		inputs := images(o.Inputs[0].Shape, 1, 5)
		got := open(t, n, o, inputs)
		equal(t, backend, n, o, inputs, got.outputs)
		if got.Tensors[zero+".bias"] == nil || got.Tensors[zero+".u.weight"] != nil {
			t.Errorf("a layer of rank 0 holds %v", got.Tensors)
		}
	}
}

// TestOneBatchSize: what computes with the batch size is found, and exports for one.
func TestOneBatchSize(t *testing.T) {
	backend := testkit.Backend(t)
	n := network(t, backend, func(p *lod.Pass, x *Node) *Node {
		y := p.Dense("head", Reshape(x, x.Shape().Dim(0), -1), 5)
		return Sub(y, ReduceAndKeep(y, ReduceMean, 0))
	}, fullRank, 4)
	o := export.Options{Inputs: image([]int{4}, nil, nil)}
	if err := export.ONNX(&bytes.Buffer{}, n, o); err == nil ||
		!strings.Contains(err.Error(), "computes with the batch size") {
		t.Errorf("a mean over the batch was exported for any batch size: %v", err)
	}
	o.Batch = 3
	inputs := images(o.Inputs[0].Shape, 3)
	equal(t, backend, n, o, inputs, open(t, n, o, inputs).outputs)
}

// TestMistakes: each gives one line that names what is wrong.
func TestMistakes(t *testing.T) {
	backend := testkit.Backend(t)
	model := func(last func(x *Node) *Node) lod.Model {
		return func(p *lod.Pass, x *Node) *Node { return last(p.Dense("head", x, 5)) }
	}
	same := func(x *Node) *Node { return x }
	for name, c := range map[string]struct {
		model lod.Model
		o     export.Options
		want  string
	}{
		"unknown op": {model(func(x *Node) *Node { return Atan2(x, OnesLike(x)) }),
			export.Options{Inputs: image([]int{4}, nil, nil)},
			"uses the op Atan2, which the ONNX export does not know"},
		"no input":      {model(same), export.Options{Inputs: image(nil, nil, nil)}, "input is []"},
		"another input": {model(same), export.Options{Inputs: image([]int{7}, nil, nil)}, "input [7]: "},
		"channels": {model(same), export.Options{Inputs: image([]int{4}, []float64{1}, []float64{1})},
			"1 means and 1 deviations for 4 channels"},
		"deviation": {model(same), export.Options{Inputs: image([]int{1}, []float64{1}, []float64{0})},
			"a deviation is 0"},
		"negative batch": {model(same), export.Options{Inputs: image([]int{4}, nil, nil), Batch: -1}, "batch is -1"},
	} {
		n := network(t, backend, c.model, fullRank, 4)
		err := export.ONNX(&bytes.Buffer{}, n, c.o)
		if err == nil || !strings.HasPrefix(err.Error(), "export: ") || !strings.Contains(err.Error(), c.want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want one line with %q", name, err, c.want)
		}
	}
}
