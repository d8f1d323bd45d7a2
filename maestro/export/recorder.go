package export

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
)

// backend is one that computes nothing: graphs that are built on it are recorded as ONNX. GoMLX has an ONNX backend
// of its own (build tag onnx), which runs graphs through onnxruntime; it needs that library at hand, fixes the batch
// size, and its files hold weights without names.
type backend struct {
	notimplemented.Backend
	r *recorder
}

func (b *backend) Name() string { return "onnx-export" }

func (b *backend) String() string { return b.Name() }

func (b *backend) Builder(string) compute.Builder { return &builder{r: b.r} }

type builder struct {
	notimplemented.Builder
	r *recorder
}

func (b *builder) Main() compute.Function {
	return &function{Function: notimplemented.Function{ErrFn: unknownOp}, builder: b, recorder: b.r}
}

func (b *builder) OpShape(v compute.Value) (shapes.Shape, error) { return v.(*value).shape, nil }

func (b *builder) Compile() (compute.Executable, error) { return nil, nil }

// unknownOp is the error of an op that has no ONNX form here. GoMLX relies on its being ErrNotImplemented to fall back
// from fused ops on their parts.
func unknownOp(op compute.OpType) error {
	return fmt.Errorf("the model uses the op %s, which the ONNX export does not know: write that part with other "+
		"ops, or export safetensors (%w)", op, compute.ErrNotImplemented)
}

// recorder gathers the file. It is given the weights' values by the paths of their variables.
type recorder struct {
	file    file
	weights map[string]*constant
	inputs  map[string]bool // by name
	output  string
	batch   int            // what stands for the batch size in shapes; 0 when it is fixed
	counts  map[string]int // nodes of each op so far
	size    *value         // the batch size at run time, int64 [1]; nil until it is needed
}

// function is the graph's. Its ops are in the files ops_*.go.
type function struct {
	notimplemented.Function
	builder *builder
	*recorder
}

func (f *function) Builder() compute.Builder { return f.builder }

func (f *function) Shape(v compute.Value) (shapes.Shape, error) { return v.(*value).shape, nil }

func (f *function) Parameter(name string, shape shapes.Shape, _ *compute.ShardingSpec) (compute.Value, error) {
	if w, ok := f.weights[name]; ok {
		return &value{shape: shape, data: w}, nil
	}
	if !f.inputs[name] {
		return nil, fmt.Errorf("the model has an input %q that is neither one of its own nor a variable of the network",
			name)
	}
	f.file.inputs = append(f.file.inputs, port{name, shape.DType, f.portDims(shape)})
	return &value{shape: shape, name: name}, nil
}

func (f *function) Constant(flat any, dims ...int) (compute.Value, error) {
	dtype := dtypes.FromGoType(reflect.TypeOf(flat).Elem())
	if _, ok := onnxTypes()[dtype]; !ok {
		return nil, fmt.Errorf("the model has a constant of type %s, which ONNX files do not hold", dtype)
	}
	return &value{shape: shapes.Make(dtype, dims...),
		data: &constant{raw: bytes.Clone(dtypes.UnsafeByteSliceFromAny(flat))}}, nil
}

func (f *function) Return(outputs []compute.Value, _ []*compute.ShardingSpec) error {
	out := outputs[0].(*value)
	name := f.write(out)
	if !f.file.rename(name, f.output) { // the output is the input, or a constant
		f.file.nodes = append(f.file.nodes, node{op: "Identity", inputs: []string{name}, output: f.output})
	}
	f.file.output = port{f.output, out.shape.DType, f.portDims(out.shape)}
	return nil
}

// add writes a node and returns its output.
func (r *recorder) add(op string, shape shapes.Shape, attributes []attribute, inputs ...*value) *value {
	names := make([]string, len(inputs))
	for i, in := range inputs {
		names[i] = r.write(in)
	}
	r.counts[op]++
	name := fmt.Sprintf("%s_%d", op, r.counts[op])
	r.file.nodes = append(r.file.nodes, node{op, names, name, attributes})
	return &value{shape: shape, name: name}
}

// write sees to it that the value is in the file, and returns its name there.
func (r *recorder) write(v *value) string {
	switch {
	case v.name != "":
	case v.data != nil:
		v.name = r.initializer(v)
	case v.base != nil:
		v.name = r.add("Transpose", v.shape, []attribute{{"perm", v.perm}}, v.base).name
	case v.small != nil:
		v.name = r.add("Expand", v.shape, nil, v.small, r.shapeAtRunTime(v.dims())).name
	}
	return v.name
}

// initializer enters a constant; equal ones are entered once. A weight that is needed in two layouts gets a number
// after its name in the second.
func (r *recorder) initializer(v *value) string {
	name := v.data.name
	if name == "" {
		name = "constant"
	}
	t := initializer{name: name, dtype: v.shape.DType, dims: v.dims(), raw: v.data.raw}
	for i := 2; ; i++ {
		at := slices.IndexFunc(r.file.initializers, func(o initializer) bool { return o.name == t.name })
		if at < 0 {
			r.file.initializers = append(r.file.initializers, t)
			return t.name
		}
		if o := r.file.initializers[at]; o.dtype == t.dtype && slices.Equal(o.dims, t.dims) &&
			bytes.Equal(o.raw, t.raw) {
			return t.name
		}
		t.name = fmt.Sprintf("%s_%d", name, i)
	}
}
