package models_test

import (
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
)

// TestFits: the sizes of images that a network is said to take are those it can be built for, and whose maps its
// maxima halve: one of 3×3 would be built, with the maximum of a row and of none beside it.
func TestFits(t *testing.T) {
	backend := testkit.Backend(t)
	for _, c := range []struct {
		model string
		sizes [][2]int
	}{
		{"lenet", [][2]int{{12, 12}, {15, 15}, {16, 16}, {20, 28}, {28, 28}, {28, 30}, {30, 28}, {32, 32}, {64, 64}}},
		{"vgg19", [][2]int{{16, 16}, {28, 28}, {32, 32}, {64, 32}, {64, 64}}},
		{"resnet18", [][2]int{{1, 1}, {5, 7}, {28, 28}, {33, 32}}},
		{"resnet34", [][2]int{{28, 28}}},
		{"resnet50", [][2]int{{1, 1}, {28, 28}, {33, 31}}},
	} {
		width := 2
		if c.model == "lenet" {
			width = 0
		}
		m, err := models.Named(c.model, 10, width)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range c.sizes {
			n, built := lod.NewNetwork(backend, m, shapes.Make(dtypes.Float32, 2, size[0], size[1], 1),
				lod.Init{Kind: lod.InitRandom})
			if built == nil {
				n.Store().Finalize()
			}
			said := models.Fits(c.model, size[0], size[1])
			if (built == nil) != (said == nil) {
				t.Errorf("%s for images of %d×%d: said %v, built with %v", c.model, size[0], size[1], said, built)
			}
		}
	}
	for model, size := range map[string]int{"lenet": 18, "vgg19": 48} {
		if models.Fits(model, size, size) == nil {
			t.Errorf("%s is said to take %d×%d, whose last maps are odd", model, size, size)
		}
	}
	err := models.Fits("vgg19", 28, 28)
	if err == nil {
		t.Fatal("vgg19 is said to take 28×28")
	}
	for _, word := range []string{"model vgg19", "28×28", "32, 64, 96", "use lenet, resnet18, resnet34, resnet50"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error lacks %q: %v", word, err)
		}
	}
	for _, name := range models.Names() {
		if models.Fits(name, 1, 1) == nil && name != "resnet18" && name != "resnet34" && name != "resnet50" {
			t.Errorf("%s: nobody says what images it takes", name)
		}
	}
}
