package images

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
)

// TestCropFlip: what the device makes of images is what padding, mirroring and cropping them one by one gives.
func TestCropFlip(t *testing.T) {
	const n, height, width, channels = 7, 6, 5, 3
	images := make([]uint8, n*height*width*channels)
	for i := range images {
		images[i] = uint8(1 + i%251)
	}
	indices := []int32{3, 0, 6, 3, 5, 1}
	moves := data.Moves(len(indices), cropPadding, 1, 9)
	moves[3*3], moves[3*3+1], moves[3*3+2] = cropPadding, cropPadding, 0 // the image as it is
	exec := MustNewExec(testkit.Backend(t), func(images, indices, moves *Node) *Node {
		return cropFlip(images, indices, moves, [3]int{height, width, channels})
	})
	out, err := exec.Call(tensors.FromFlatDataAndDimensions(images, n, height*width*channels),
		tensors.FromFlatDataAndDimensions(indices, len(indices)), tensors.FromFlatDataAndDimensions(moves,
			len(indices), 3))
	if err != nil {
		t.Fatal(err)
	}
	got := tensors.MustCopyFlatData[uint8](out[0])
	mirrored, black := 0, 0
	for b, image := range indices {
		down, right, mirror := int(moves[3*b]), int(moves[3*b+1]), moves[3*b+2] == 1
		if mirror {
			mirrored++
		}
		for y := range height {
			for x := range width {
				for c := range channels {
					row, column := y+down-cropPadding, x+right-cropPadding
					want := uint8(0)
					if row >= 0 && row < height && column >= 0 && column < width {
						if mirror {
							column = width - 1 - column
						}
						want = images[((int(image)*height+row)*width+column)*channels+c]
					} else {
						black++
					}
					if g := got[((b*height+y)*width+x)*channels+c]; g != want {
						t.Fatalf("image %d, row %d, column %d, channel %d: %d, want %d", b, y, x, c, g, want)
					}
				}
			}
		}
	}
	if mirrored == 0 || mirrored == len(indices) || black == 0 {
		t.Errorf("%d of %d images mirrored, %d pixels of padding: the test does not see every case", mirrored,
			len(indices), black)
	}
}
