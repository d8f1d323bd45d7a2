package export

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"google.golang.org/protobuf/encoding/protowire"
)

// ONNX files are protocol buffers. The dozen fields that are needed are written by number, as onnx.proto (version 1.17)
// gives them: generated code would be four thousand lines, and register names that GoMLX's ONNX backend registers too,
// which ends a program that holds both.

// message is a protocol buffer message that is being written.
type message []byte

func (m *message) number(field protowire.Number, v int64) {
	*m = protowire.AppendTag(*m, field, protowire.VarintType)
	*m = protowire.AppendVarint(*m, uint64(v))
}

func (m *message) float(field protowire.Number, v float32) {
	*m = protowire.AppendTag(*m, field, protowire.Fixed32Type)
	*m = protowire.AppendFixed32(*m, math.Float32bits(v))
}

func (m *message) bytes(field protowire.Number, v []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, v)
}

func (m *message) text(field protowire.Number, v string) { m.bytes(field, []byte(v)) }

// attribute is a setting of a node.
type attribute struct {
	name  string
	value any // int, []int or float32
}

// node is ONNX's NodeProto.
type node struct {
	op         string
	inputs     []string
	output     string
	attributes []attribute
}

func (n node) encode() message {
	var m message
	for _, in := range n.inputs {
		m.text(1, in)
	}
	m.text(2, n.output)
	m.text(3, n.output)
	m.text(4, n.op)
	for _, a := range n.attributes {
		m.bytes(5, a.encode())
	}
	return m
}

func (a attribute) encode() message {
	var m message
	m.text(1, a.name)
	switch v := a.value.(type) {
	case float32:
		m.float(2, v)
		m.number(20, 1) // FLOAT
	case int:
		m.number(3, int64(v))
		m.number(20, 2) // INT
	case []int:
		for _, i := range v {
			m.number(8, int64(i))
		}
		m.number(20, 7) // INTS
	}
	return m
}

// initializer is ONNX's TensorProto.
type initializer struct {
	name  string
	dtype dtypes.DType
	dims  []int
	raw   []byte // little-endian, row-major
}

func (t initializer) encode() message {
	m := make(message, 0, len(t.raw)+64)
	for _, d := range t.dims {
		m.number(1, int64(d))
	}
	m.number(2, onnxTypes()[t.dtype])
	m.text(8, t.name)
	m.bytes(9, t.raw)
	return m
}

// onnxTypes are the numbers of TensorProto.DataType.
func onnxTypes() map[dtypes.DType]int64 {
	return map[dtypes.DType]int64{
		dtypes.Float32: 1, dtypes.Uint8: 2, dtypes.Int8: 3, dtypes.Uint16: 4, dtypes.Int16: 5, dtypes.Int32: 6,
		dtypes.Int64: 7,
		dtypes.Bool:  9, dtypes.Float16: 10, dtypes.Float64: 11, dtypes.Uint32: 12, dtypes.Uint64: 13,
		dtypes.BFloat16: 16,
	}
}

// port is ONNX's ValueInfoProto: an input or output. A dimension of -1 is the batch's.
type port struct {
	name  string
	dtype dtypes.DType
	dims  []int
}

// batchName is what the batch's dimension is called.
const batchName = "batch"

func (p port) encode() message {
	var shape message
	for _, d := range p.dims {
		var dim message
		if d < 0 {
			dim.text(2, batchName)
		} else {
			dim.number(1, int64(d))
		}
		shape.bytes(1, dim)
	}
	var tensor, kind, m message
	tensor.number(1, onnxTypes()[p.dtype])
	tensor.bytes(2, shape)
	kind.bytes(1, tensor)
	m.text(1, p.name)
	m.bytes(2, kind)
	return m
}
