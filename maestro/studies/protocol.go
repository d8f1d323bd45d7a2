package studies

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/maestro-lod/notebook/maestro/baselines"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// Protocol is a way of making Table 1: how every variant is trained, which variants there are, and with which seeds.
type Protocol struct {
	Name  string
	About string // what it costs and what to expect

	Settings runs.Settings  // of every variant, but for what makes it that variant, and the seed
	Keep     baselines.Keep // layers that SVD, Pufferfish and Cuttlefish leave as one matrix
	Ratio    float64        // rank over full rank of SVD and Pufferfish
	Warm     int            // epochs that Pufferfish trains whole, and Cuttlefish at most
	Epsilon  float64        // Cuttlefish's
	FineTune int            // epochs of SVD's fine-tuning
	TuneLR   float64        // its learning rate at the start

	Variants []Variant
	Seeds    []uint64
	Runs     string // the folder of the run folders
	DataDir  string // the data folder; "" as data.Options has it
}

// Protocols are the named ways of making Table 1.
func Protocols() []Protocol { return []Protocol{PaperProtocol(), ReducedProtocol(), QuickProtocol()} }

// NamedProtocol is a protocol by its name; an unknown one is an error that lists the known ones.
func NamedProtocol(name string) (Protocol, error) {
	var known []string
	for _, p := range Protocols() {
		if p.Name == name {
			return p, nil
		}
		known = append(known, p.Name)
	}
	return Protocol{}, fmt.Errorf("unknown protocol %q: use %s", name, strings.Join(known, ", "))
}

// PaperProtocol is ResNet-18 at full size on CIFAR-10, as the authors' code trains it by default: 300 epochs, batch
// 128, momentum 0.9, weight decay 1e-4, learning rate 0.1 that falls to a tenth after half and three quarters of the
// steps, random crops and mirrors. It is not proven to be the paper's exact setting.
//
// Cost: 117,000 steps a run, of which two CPU cores take one in about two seconds; it is made for a GPU. Twelve
// variants of three seeds are 36 runs.
// Expected: the published column of the table.
func PaperProtocol() Protocol {
	s := runs.Defaults()
	s.Model, s.Data, s.Augment, s.Epochs, s.Batch = "resnet18", "cifar10", images.CropFlip, 300, 128
	s.LR, s.Schedule, s.WeightDecay = 0.1, "multistep", 1e-4
	return Protocol{
		Name: "paper",
		About: "ResNet-18 on CIFAR-10, 300 epochs; made for a GPU (117,000 steps a run, about two seconds each " +
			"on two CPU cores). Expected: the published figures.",
		Settings: s, Keep: baselines.Keep{First: 3, Last: 1, Pointwise: true}, Ratio: 0.25, Warm: 80, Epsilon: 0.1,
		FineTune: 30, TuneLR: 0.01,
		Variants: Table1Variants(16e-6, 64e-6, 0.125), Seeds: []uint64{1, 2, 3},
		Runs: filepath.Join("runs", "table1-paper"),
	}
}

// QuickProtocol is LeNet on the part of MNIST that needs no download, for two epochs: it shows that every variant
// works, and nothing else. Cost: a minute.
func QuickProtocol() Protocol {
	s := runs.Defaults()
	s.Data, s.Epochs, s.Batch, s.LR, s.TrainExamples = "mnist-small", 2, 32, 0.02, 4000
	return Protocol{
		Name: "quick",
		About: "LeNet on mnist-small, two epochs of 4,000 examples, one seed: shows that every variant works. A " +
			"minute on two CPU cores. Expected: 80 to 95 %, but for the largest λ_gl.",
		Settings: s, Keep: baselines.Keep{First: 1, Last: 1}, Ratio: 0.25, Warm: 1, Epsilon: 0.1, FineTune: 1,
		TuneLR:   0.005,
		Variants: Table1Variants(1e-3, 4e-3, 0.125), Seeds: []uint64{1}, Runs: filepath.Join("runs", "table1-quick"),
	}
}

// Method is how a variant gets its network.
type Method string

// The methods of Table 1.
const (
	NonFactorised Method = "non-factorised"
	SVDTruncated  Method = "svd"
	SVDFineTuned  Method = "svd-fine-tuned"
	Pufferfish    Method = "pufferfish"
	Cuttlefish    Method = "cuttlefish"
	Maestro       Method = "maestro"
	Own           Method = "own" // Variant.By
)

// Variant is a row of Table 1.
type Variant struct {
	Name      string // of the row, and of its run folders
	Title     string // as it is printed
	Method    Method
	By        trial.Method // of Own: one that the library does not know
	Ratio     float64      // of SVD and Pufferfish, in place of the protocol's; 0 is that
	LambdaGL  float64      // Maestro's
	NoShrink  bool         // Maestro's ranks are cut only when training has ended
	FullPass  bool         // Maestro's sampled pass has the one at the current ranks beside it
	Published Published    // what the paper prints for ResNet-18 on CIFAR-10
}

// Published are figures of the paper; those that are 0 are not known.
type Published struct {
	Accuracy, AccuracyDev float64 // percent
	GMACs, Parameters     float64 // Parameters in millions
	TrainingCost          float64 // over the non-factorised network's
	SecondHand            bool    // read in another's account of the paper, and not checked in it
}

// Table1Variants are the poster's table, at a small and a large λ_gl, with the SVD and the paper's ablations, and SVD
// and Pufferfish once more at a ratio that makes them about as small as Maestro at the large λ_gl.
func Table1Variants(small, large, ratio float64) []Variant {
	maestro := func(lambda float64) Variant {
		return Variant{Name: "maestro-" + scientific(lambda), Title: fmt.Sprintf("Maestro, λ_gl = %s",
			scientific(lambda)), Method: Maestro, LambdaGL: lambda}
	}
	low, high := maestro(small), maestro(large)
	low.Published = Published{Accuracy: 94.19, AccuracyDev: 0.07, GMACs: 0.39, Parameters: 4.08}
	high.Published = Published{Accuracy: 93.86, AccuracyDev: 0.11, GMACs: 0.15, Parameters: 1.23}
	return []Variant{
		{Name: "non-factorised", Title: "Non-factorised", Method: NonFactorised, Published: Published{Accuracy: 93.86,
			AccuracyDev: 0.20, GMACs: 0.56, Parameters: 11.17, TrainingCost: 1}},
		{Name: "svd", Title: "SVD of it", Method: SVDTruncated},
		{Name: "svd-fine-tuned", Title: "SVD of it, fine-tuned", Method: SVDFineTuned},
		{Name: "pufferfish", Title: "Pufferfish", Method: Pufferfish, Published: Published{Accuracy: 94.17, GMACs: 0.22,
			Parameters: 3.336}},
		{Name: "cuttlefish", Title: "Cuttlefish", Method: Cuttlefish, Published: Published{Accuracy: 93.47, GMACs: 0.3,
			Parameters: 3.108}},
		{Name: fmt.Sprintf("svd-fine-tuned-%g", ratio), Title: fmt.Sprintf("SVD of it, fine-tuned, ratio %g", ratio),
			Method: SVDFineTuned, Ratio: ratio},
		{Name: fmt.Sprintf("pufferfish-%g", ratio), Title: fmt.Sprintf("Pufferfish, ratio %g", ratio),
			Method: Pufferfish, Ratio: ratio},
		low, high,
		{Name: "maestro-0", Title: "Maestro without lasso", Method: Maestro, Published: Published{Accuracy: 94.04,
			TrainingCost: 1.33, SecondHand: true}},
		{Name: "maestro-no-shrink", Title: low.Title + ", without shrinking", Method: Maestro, LambdaGL: small,
			NoShrink: true, Published: Published{Accuracy: 94.12, TrainingCost: 1.33, SecondHand: true}},
		{Name: "maestro-full-pass", Title: low.Title + ", with full pass", Method: Maestro, LambdaGL: small,
			FullPass: true, Published: Published{Accuracy: 94.05, TrainingCost: 1.97, SecondHand: true}},
	}
}

// scientific writes a λ_gl as people do: 1.6e-5, not 1.6e-05.
func scientific(x float64) string {
	if x == 0 {
		return "0"
	}
	return strings.Replace(strconv.FormatFloat(x, 'e', -1, 64), "e-0", "e-", 1)
}

// Check returns an error that names the first setting that cannot be.
func (p Protocol) Check() error {
	errs := []error{images.Check(p.Settings), train.Check(p.Settings), once("seeds", p.Seeds)}
	var names []string
	for _, v := range p.Variants {
		names = append(names, v.Name)
	}
	errs = append(errs, once("variants", names))
	for _, v := range p.Variants {
		t := p.trial(v, 1)
		if t.Method == nil {
			errs = append(errs, fmt.Errorf("variant %s: unknown method %q", v.Name, v.Method))
			continue
		}
		errs = append(errs, t.Method.Check(t.Settings))
	}
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("protocol %s: %w", p.Name, err)
		}
	}
	return nil
}

// method is a variant's; nil where its name stands for none.
func (p Protocol) method(v Variant) trial.Method {
	ratio := cmp.Or(v.Ratio, p.Ratio)
	switch v.Method {
	case Own:
		return v.By
	case NonFactorised:
		return baselines.Whole{}
	case SVDTruncated:
		return baselines.SVD{Keep: p.Keep, Ratio: ratio}
	case SVDFineTuned:
		return baselines.SVD{Keep: p.Keep, Ratio: ratio, FineTune: p.FineTune, LR: p.TuneLR}
	case Pufferfish:
		return baselines.Pufferfish{Keep: p.Keep, Warm: p.Warm, Ratio: ratio}
	case Cuttlefish:
		return baselines.Cuttlefish{Keep: p.Keep, MaxWarmEpochs: p.Warm, Epsilon: p.Epsilon}
	case Maestro:
		return trial.Sampling{}
	}
	return nil
}

// once is an error where something is named twice: the same run would count as two.
func once[T comparable](name string, values []T) error {
	seen := map[T]bool{}
	for _, v := range values {
		if seen[v] {
			return fmt.Errorf("%s names %v twice: name each once", name, v)
		}
		seen[v] = true
	}
	return nil
}
