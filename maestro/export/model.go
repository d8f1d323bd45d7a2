package export

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
)

// The versions of ONNX's operators that are written: what is used of them is the same in all, but for ReduceSum.
const (
	oldestOpset = 11 // of 2019
	usualOpset  = 13 // of 2020: ReduceSum takes its axes as an input
	newestOpset = 17 // of 2022: from 18 on the other reductions do too
)

// irVersion is that of the file format that came with an opset (ONNX's docs/Versioning.md).
func irVersion(opset int) int64 {
	switch {
	case opset < 12:
		return 6
	case opset < 15:
		return 7
	}
	return 8
}

// file is what becomes ONNX's ModelProto.
type file struct {
	nodes        []node
	initializers []initializer
	inputs       []port
	output       port
	metadata     map[string]string
	opset        int
}

// prune takes out what the output does not depend on: comparisons that became a Relu, forms that GoMLX tried in vain.
func (f *file) prune() {
	needed := map[string]bool{f.output.name: true}
	var kept []node
	for _, n := range slices.Backward(f.nodes) {
		if !needed[n.output] {
			continue
		}
		for _, in := range n.inputs {
			needed[in] = true
		}
		kept = append(kept, n)
	}
	slices.Reverse(kept)
	f.nodes = kept
	f.initializers = slices.DeleteFunc(f.initializers, func(t initializer) bool { return !needed[t.name] })
}

// differs names the first thing that is not the same in two files; "" if there is none.
func (f *file) differs(o *file) string {
	for i, n := range f.nodes {
		if i >= len(o.nodes) || !bytes.Equal(n.encode(), o.nodes[i].encode()) {
			return n.output
		}
	}
	for i, t := range f.initializers {
		if i >= len(o.initializers) || !bytes.Equal(t.raw, o.initializers[i].raw) {
			return t.name
		}
	}
	if !slices.Equal(f.output.dims, o.output.dims) {
		return f.output.name
	}
	return ""
}

// rename calls a node's output otherwise, everywhere; it reports false where no node gives it.
func (f *file) rename(from, to string) bool {
	found := false
	for i := range f.nodes {
		n := &f.nodes[i]
		if n.output == from {
			n.output, found = to, true
		}
		for k, in := range n.inputs {
			if in == from {
				n.inputs[k] = to
			}
		}
	}
	return found
}

func (f *file) encode() (message, error) {
	var graph message
	for _, n := range f.nodes {
		graph.bytes(1, n.encode())
	}
	graph.text(2, "maestro")
	size := int64(len(graph))
	for _, t := range f.initializers {
		size += int64(len(t.raw))
	}
	if size > math.MaxInt32-1<<20 {
		return nil, fmt.Errorf("the model takes %d MB, and an ONNX file holds less than 2 GB: export safetensors",
			size>>20)
	}
	for _, t := range f.initializers {
		graph.bytes(5, t.encode())
	}
	for _, in := range f.inputs {
		graph.bytes(11, in.encode())
	}
	graph.bytes(12, f.output.encode())

	var m, set message
	m.number(1, irVersion(f.opset))
	m.text(2, "maestro")
	m.bytes(7, graph)
	set.number(2, int64(f.opset))
	m.bytes(8, set)
	for _, key := range slices.Sorted(maps.Keys(f.metadata)) {
		var pair message
		pair.text(1, key)
		pair.text(2, f.metadata[key])
		m.bytes(14, pair)
	}
	return m, nil
}
