package models_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
)

// noise gives the numbers in [-1, 1) of testdata/torch_forward.py, which says where they come from.
func noise(count, stream int) []float32 {
	out := make([]float32, count)
	for i := range out {
		h := uint32(i)*2654435761 + uint32(stream)*40503 + 1
		h ^= h >> 15
		h *= 2246822519
		h ^= h >> 13
		out[i] = float32(float64(h)/(1<<31) - 1)
	}
	return out
}

// streams hands the numbers out to the variables of a network in the order in which its layers are applied.
type streams struct {
	t    *testing.T
	n    *lod.Network
	next int
}

func (s *streams) set(name string, scale, shift float64) bool {
	v := s.n.Store().GetVariable("/model/" + name)
	if v == nil {
		return false
	}
	s.next++
	flat := noise(v.Shape().Size(), s.next)
	for i := range flat {
		flat[i] = flat[i]*float32(scale) + float32(shift)
	}
	if err := v.SetValue(tensors.FromFlatDataAndDimensions(flat, v.Shape().Dimensions...)); err != nil {
		s.t.Fatal(err)
	}
	return true
}

// TestForwardEqualsPyTorch compares the full-size networks with what PyTorch computes from the same weights.
func TestForwardEqualsPyTorch(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "torch_forward.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][][]float64
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	backend := testkit.Backend(t)
	for name, m := range map[string]lod.Model{"resnet18": models.ResNet18(10, 64), "vgg19": models.VGG19(10, 64)} {
		t.Run(name, func(t *testing.T) {
			input := shapes.Make(dtypes.Float32, 2, 32, 32, 3)
			n, err := lod.NewNetwork(backend, m, input, lod.Init{Kind: lod.InitRandom})
			if err != nil {
				t.Fatal(err)
			}
			s := &streams{t: t, n: n}
			for _, l := range n.Layers {
				s.set(l.Name+"/u", math.Sqrt(3/float64(l.Full())), 0)
				s.set(l.Name+"/v", math.Sqrt(6/float64(l.Inputs)), 0)
				if s.set(l.Name+"/bias", 1, 0) {
					continue
				}
				s.set(l.Name+"-norm/scale", 0.5, 1)
				s.set(l.Name+"-norm/offset", 0.25, 0)
				s.set(l.Name+"-norm/mean", 0.25, 0)
				s.set(l.Name+"-norm/variance", 0.5, 1)
			}
			exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
				return []*graph.Node{n.Model(n.Pass(nil).Eval(), in[0])}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			out, err := exec.Exec(tensors.FromFlatDataAndDimensions(noise(input.Size(), 999), input.Dimensions...))
			if err != nil {
				t.Fatal(err)
			}
			got := tensors.MustCopyFlatData[float32](out[0])
			largest := 0.0
			for _, row := range want[name] {
				for _, v := range row {
					largest = max(largest, math.Abs(v))
				}
			}
			for i, row := range want[name] {
				for j, v := range row {
					if d := math.Abs(float64(got[10*i+j]) - v); d > 1e-4*largest {
						t.Errorf("image %d, class %d: %g, PyTorch %g", i, j, got[10*i+j], v)
					}
				}
			}
		})
	}
}

// TestPublishedCosts: ResNet-18 and VGG-19 in their CIFAR forms have the parameters and MACs that are published.
func TestPublishedCosts(t *testing.T) {
	backend := testkit.Backend(t)
	for _, c := range []struct {
		name          string
		model         lod.Model
		size          int
		millions, low float64 // of parameters, batch norms included; GMACs, lower bound
		high          float64
	}{
		{"resnet18", models.ResNet18(10, 64), 32, 11.17, 0.55, 0.56},
		{"vgg19", models.VGG19(10, 64), 32, 20.04, 0.395, 0.405},
		// torchvision's tables: 25.56 M with a 1000-class head, 4.09 GMACs for 224×224 images.
		{"resnet50", models.ResNet50(1000, 64), 224, 25.56, 4.08, 4.10},
	} {
		n, err := lod.NewNetwork(backend, c.model, shapes.Make(dtypes.Float32, 1, c.size, c.size, 3),
			lod.Init{Kind: lod.InitRandom})
		if err != nil {
			t.Fatal(err)
		}
		whole := n.Whole()
		others := int64(0)
		for v := range n.Store().IterVariables() {
			if v.Trainable && v.Name() != "u" && v.Name() != "v" {
				others += int64(v.Shape().Size())
			}
		}
		if millions := float64(whole.Weights+others) / 1e6; math.Abs(millions-c.millions) > 0.006 {
			t.Errorf("%s has %.3f M parameters, published %.2f", c.name, millions, c.millions)
		}
		if g := float64(whole.MACs) / 1e9; g < c.low || g > c.high {
			t.Errorf("%s takes %.4f GMACs, published %g to %g", c.name, g, c.low, c.high)
		}
	}
}
