package images

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/task"
)

// CropFlip names a way in which training images are changed at random; those that are measured are left as they are.
// It pads an image by four black pixels on each side, crops one of its size at a random place, and mirrors every
// second one: what CIFAR-10's published results are trained with.
const CropFlip = "crop-flip"

func augmentation(name string) (a task.Augment) {
	if name == CropFlip {
		a = task.Augment{Width: 3, Draw: func(n int, seed uint64, step int) []int32 {
			return data.Moves(n, cropPadding,
				seed, step)
		}}
	}
	return a
}

func checkAugmentation(a string) error {
	if a != "" && a != CropFlip {
		return fmt.Errorf("unknown augmentation %q: use %q, or leave it out", a, CropFlip)
	}
	return nil
}

// cropPadding is in pixels, on each side.
const cropPadding = 4

// cropFlip gathers images uint8 [n, height·width·channels] at indices int32 [batch] and moves and mirrors each as moves
// int32 [batch, 3] says (data.Moves). It returns pixels uint8 [batch, height, width, channels].
func cropFlip(images, indices, moves *Node, image [3]int) *Node {
	height, width, channels := image[0], image[1], image[2]
	g, batch := images.Graph(), indices.Shape().Dim(0)
	move := func(i int) *Node { return ExpandDims(Slice(moves, AxisRange(), AxisElem(i)), -1) } // [batch, 1, 1]
	position := func(size, axis int) *Node {
		dims := []int{1, 1, 1}
		dims[axis] = size
		return Reshape(IotaFull(g, shapes.Make(dtypes.Int32, size)), dims...)
	}
	// The pixel of the padded, mirrored image that lands at (row, column), in the coordinates of the image without
	// padding.
	row := AddScalar(Add(position(height, 1), move(0)), -cropPadding)
	column := AddScalar(Add(position(width, 2), move(1)), -cropPadding)
	mirrored := BroadcastToDims(Equal(move(2), OnesLike(move(2))), batch, 1, width)
	column = Where(mirrored, AddScalar(Neg(column), float64(width-1)), column)
	row, column = BroadcastToDims(row, batch, height, width), BroadcastToDims(column, batch, height, width)
	inside := And(And(GreaterOrEqual(row, ZerosLike(row)), LessThan(row, MulScalar(OnesLike(row), height))),
		And(GreaterOrEqual(column, ZerosLike(column)), LessThan(column, MulScalar(OnesLike(column), width))))
	at := Add(Add(MulScalar(Reshape(indices, batch, 1, 1), height*width), MulScalar(row, width)), column)
	at = Where(inside, at, ZerosLike(at))
	pixels := Gather(Reshape(images, -1, channels), ExpandDims(at, -1)) // [batch, height, width, channels]
	return Mul(pixels, ConvertDType(ExpandDims(inside, -1), dtypes.Uint8))
}
