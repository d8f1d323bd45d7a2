package studies

import (
	"path/filepath"

	"github.com/maestro-lod/notebook/maestro/compress/baselines"
	"github.com/maestro-lod/notebook/maestro/train"
)

// ReducedProtocol is Table 1 at a size that two CPU cores finish: ResNet-18 an eighth as wide (8-16-32-64 channels, 0.0089
// GMACs, 0.18 M parameters) on 5,000 training images of CIFAR-10, 12 epochs of batch 64 with a learning rate that falls
// from 0.1 to zero along a cosine, weight decay 5e-4, random crops and mirrors. λ_gl is larger than the paper's, since
// there are a hundred times fewer steps for ranks to fall in.
//
// Cost: a minute and a half a run on two idle CPU cores, under 2 GiB of memory.
// Expected: the non-factorised network near 51 %, SVD with fine-tuning, Pufferfish and Cuttlefish one to three points
// below, and Maestro five to twelve below, which is not the paper's order: 936 steps are fewer than two of the sampler's
// cycles of 554 pairs, too few for the sampled pass to train what the baselines' whole one does. The full pass wins back
// two fifths of it.
func ReducedProtocol() Protocol {
	s := train.Defaults()
	s.Model, s.Width, s.Data, s.TrainExamples = "resnet18", 16, "cifar10", 2000
	s.Epochs, s.Batch, s.LR, s.Schedule, s.WeightDecay, s.NormExamples = 24, 32, 0.05, "cosine", 5e-4, 2000
	s.Validation, s.RecompileSteps = 2000, 100
	return Protocol{
		Name:     "reduced",
		About:    "ResNet-18 of an eighth of the width on 5,000 images of CIFAR-10, 12 epochs; a minute and a half a run on two CPU cores. So few steps (936) favour the baselines, which train every weight in each.",
		Settings: s, Keep: baselines.Keep{First: 3, Last: 1, Pointwise: true}, Ratio: 0.25, Warm: 8, Epsilon: 0.1, FineTune: 6, TuneLR: 0.01,
		Variants: Table1Variants(4e-4, 1e-3), Seeds: []uint64{1, 2, 3}, Runs: filepath.Join("runs", "table1-reduced"),
	}
}
