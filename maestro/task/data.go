package task

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// Data are the examples that a task learns from, in three splits: choices are made on validation, and test is looked
// at once.
type Data struct {
	// Name is what config.yaml calls the data.
	Name                    string
	Train, Validation, Test Set
	// Constants lie on the device beside the columns, the same for all examples: what normalises them, a table of
	// words.
	Constants []Column
	// Config is what config.yaml says of the data beside their name, their checksum and how many examples there are.
	Config runs.DataConfig
}

// Set is a number of examples, in columns of equally many. The columns of all sets of a task's data are of the same
// types; the last has what is to be learnt.
type Set []Column

// Column is one thing that every example has, such as its label or its pixels: an array whose first axis counts
// examples.
type Column struct {
	dims   []int
	dtype  dtypes.DType
	tensor func() *tensors.Tensor
	bytes  func() []byte // little endian
	flaw   func(least, most int64) (index int, what string)
}

// Numbers are the types of a column.
type Numbers interface {
	float32 | int32 | uint8 | int64
}

// NewColumn is a column of examples of a shape, none of which is a number each: of flat [examples, shape…], which it
// keeps. It panics where the numbers are not a whole number of examples.
func NewColumn[T Numbers](flat []T, shape ...int) Column {
	size := 1
	for _, d := range shape {
		size *= d
	}
	if size <= 0 || len(flat)%size != 0 {
		panic(fmt.Sprintf("a column of examples of shape %v cannot have %d numbers", shape, len(flat)))
	}
	return NewConstant(flat, append([]int{len(flat) / size}, shape...)...)
}

// NewConstant is an array of the given dimensions. It panics where flat has another number of them.
func NewConstant[T Numbers](flat []T, dims ...int) Column {
	size := 1
	for _, d := range dims {
		size *= d
	}
	if size != len(flat) {
		panic(fmt.Sprintf("an array of %v cannot have %d numbers", dims, len(flat)))
	}
	make := func() *tensors.Tensor {
		switch flat := any(flat).(type) {
		case []float32:
			return tensors.FromFlatDataAndDimensions(flat, dims...)
		case []int32:
			return tensors.FromFlatDataAndDimensions(flat, dims...)
		case []uint8:
			return tensors.FromFlatDataAndDimensions(flat, dims...)
		case []int64:
			return tensors.FromFlatDataAndDimensions(flat, dims...)
		}
		panic(fmt.Sprintf("a column of %T: convert it to one of float32, int32, uint8, int64", flat))
	}
	return Column{dims: dims, dtype: dtypes.FromGenericsType[T](), tensor: make, bytes: func() []byte {
		var b bytes.Buffer
		_ = binary.Write(&b, binary.LittleEndian, flat) // which takes these types
		return b.Bytes()
	}, flaw: func(least, most int64) (int, string) { return flawOf(flat, least, most) }}
}

// flawOf finds the first float that is no number, or the first whole number that is not from least to most; -1 if
// there is none.
func flawOf[T Numbers](flat []T, least, most int64) (index int, what string) {
	if floats, ok := any(flat).([]float32); ok {
		for i, x := range floats {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return i, fmt.Sprint(x)
			}
		}
		return -1, ""
	}
	for i, x := range flat {
		if int64(x) < least || int64(x) > most {
			return i, fmt.Sprint(x)
		}
	}
	return -1, ""
}

// float is true of a column of float32.
func (c Column) float() bool { return c.dtype == dtypes.Float32 }

// example is which of the examples has the index-th number.
func (c Column) example(index int) int {
	size := 1
	for _, d := range c.dims[1:] {
		size *= d
	}
	return index / size
}

// Dims are the column's dimensions, the number of examples first.
func (c Column) Dims() []int { return c.dims }

// Tensor puts the column on the default device.
func (c Column) Tensor() *tensors.Tensor { return c.tensor() }

// Len is the number of examples.
func (s Set) Len() int {
	if len(s) == 0 {
		return 0
	}
	return s[0].dims[0]
}

func (d *Data) check() error {
	for _, split := range []struct {
		name string
		set  Set
	}{{"training", d.Train}, {"validation", d.Validation}, {"test", d.Test}} {
		if split.set.Len() == 0 {
			return fmt.Errorf("the %s split has no examples", split.name)
		}
		for i, c := range split.set {
			if c.dims[0] != split.set.Len() {
				return fmt.Errorf("column %d of the %s split has %d examples, and the first %d",
					i, split.name, c.dims[0], split.set.Len())
			}
			if c.float() {
				if at, what := c.flaw(0, 0); at >= 0 {
					return fmt.Errorf("column %d of the %s split is %s at example %d: leave that out, or mend it",
						i, split.name, what, c.example(at))
				}
			}
			if len(split.set) != len(d.Train) || c.dtype != d.Train[i].dtype ||
				fmt.Sprint(c.dims[1:]) != fmt.Sprint(d.Train[i].dims[1:]) {
				return fmt.Errorf("column %d of the %s split is not of the form that the training split's has", i,
					split.name)
			}
		}
	}
	if d.Name == "" {
		return fmt.Errorf("they have no Name, what config.yaml calls them")
	}
	return nil
}

// checkLabels is an error where a split's last column is classes, and one of them is none of so many.
func (d *Data) checkLabels(classes int) error {
	for _, split := range []struct {
		name string
		set  Set
	}{{"training", d.Train}, {"validation", d.Validation}, {"test", d.Test}} {
		c := split.set[len(split.set)-1]
		if c.float() || len(c.dims) != 1 {
			return nil
		}
		if at, what := c.flaw(0, int64(classes-1)); at >= 0 {
			return fmt.Errorf("example %d of the %s split is of class %s, and the network gives %d, from 0 to %d",
				at, split.name, what, classes, classes-1)
		}
	}
	return nil
}

// Checksum is Config's, or else the SHA-256 of all columns, in hex.
func (d *Data) Checksum() string {
	if d.Config.Checksum == "" {
		sum := sha256.New()
		for _, set := range []Set{d.Train, d.Validation, d.Test, d.Constants} {
			fmt.Fprintln(sum, len(set))
			for _, c := range set {
				fmt.Fprintln(sum, c.dtype, c.dims)
				sum.Write(c.bytes())
			}
		}
		d.Config.Checksum = fmt.Sprintf("%x", sum.Sum(nil))
	}
	return d.Config.Checksum
}
