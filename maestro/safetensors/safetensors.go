// Package safetensors writes and reads tensors in the safetensors format, which Python opens with its package of that
// name: an 8-byte little-endian length, a JSON header of that length, then the tensors' bytes one after the other.
package safetensors

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
)

// Tensor is a float32 tensor, row-major.
type Tensor struct {
	Shape []int
	Data  []float32
}

// File is what one file holds.
type File struct {
	Tensors  map[string]Tensor
	Metadata map[string]string
}

type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// maxHeader is the largest header that is believed: the format's own limit.
const maxHeader = 100 << 20

// Write writes f to w, tensors in the order of their names, so that equal files are equal to the byte.
func Write(w io.Writer, f File) error {
	header := map[string]any{}
	if len(f.Metadata) > 0 {
		header["__metadata__"] = f.Metadata
	}
	names := slices.Sorted(maps.Keys(f.Tensors))
	at := int64(0)
	for _, name := range names {
		t := f.Tensors[name]
		size := int64(4 * len(t.Data))
		header[name] = entry{DType: "F32", Shape: append([]int{}, t.Shape...), Offsets: [2]int64{at, at + size}}
		at += size
	}
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	for len(text)%8 != 0 { // readers may map the data and want it aligned
		text = append(text, ' ')
	}
	out := bufio.NewWriterSize(w, 1<<16)
	_ = binary.Write(out, binary.LittleEndian, uint64(len(text)))
	_, _ = out.Write(text)
	for _, name := range names {
		var word [4]byte
		for _, x := range f.Tensors[name].Data {
			binary.LittleEndian.PutUint32(word[:], math.Float32bits(x))
			if _, err := out.Write(word[:]); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// Read reads a file that holds float32 tensors alone. A file that is cut short, or whose header does not fit its data,
// is an error.
func Read(path string) (File, error) {
	all, err := os.ReadFile(path)
	if err != nil {
		return File{}, err
	}
	bad := func(what string) (File, error) {
		return File{}, fmt.Errorf("%s is no whole safetensors file: %s", path, what)
	}
	if len(all) < 8 {
		return bad("it is shorter than its first field")
	}
	size := binary.LittleEndian.Uint64(all)
	if size > maxHeader || size > uint64(len(all)-8) {
		return bad("its header is cut short")
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(all[8:8+size], &header); err != nil {
		return bad("its header is not JSON")
	}
	data := all[8+size:]
	f := File{Tensors: map[string]Tensor{}}
	for name, text := range header {
		if name == "__metadata__" {
			if err := json.Unmarshal(text, &f.Metadata); err != nil {
				return bad("its metadata is damaged")
			}
			continue
		}
		var e entry
		if err := json.Unmarshal(text, &e); err != nil || e.DType != "F32" {
			return bad(fmt.Sprintf("tensor %s is not float32", name))
		}
		n := int64(1)
		for _, d := range e.Shape {
			n *= int64(d)
		}
		if e.Offsets[0] < 0 || e.Offsets[1] > int64(len(data)) || e.Offsets[1]-e.Offsets[0] != 4*n {
			return bad(fmt.Sprintf("tensor %s does not fit into it", name))
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[e.Offsets[0]+4*int64(i):]))
		}
		f.Tensors[name] = Tensor{Shape: e.Shape, Data: values}
	}
	return f, nil
}
