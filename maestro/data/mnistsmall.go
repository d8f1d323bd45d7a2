package data

import (
	"context"
	"embed"
	"fmt"
)

// The sizes of MNIST-small, and the training examples of it that are held out for validation.
const (
	mnistSmallTrain      = 5000
	mnistSmallTest       = 1000
	mnistSmallValidation = 500
)

// mnistSmallChecksum is Splits.Checksum of the embedded files. It is in the config.yaml of every run on them, so they
// never change.
const mnistSmallChecksum = "59df615677487ce5ebfd340954623d3d203fddbaec4f12cd538249554d8c93d1"

// mnistSmall holds the files under the names and in the form of MNIST's. They are by Yann LeCun, Corinna Cortes and
// Christopher J. C. Burges and licensed CC BY-SA 3.0, unlike this code; README.md beside them says more.
//
//go:generate go test -run TestMNISTSmallIsTheStartOfMNIST -args -write-mnist-small
//go:embed mnist-small/*.gz
var mnistSmall embed.FS

// MNISTSmall is the start of MNIST, as part of the program: its first 5000 training images, of which 500 are cut for
// validation where o does not say otherwise, and its first 1000 test images, normalised as MNIST is. It needs neither
// files nor a network. Publish no accuracy on it as MNIST's: it has a twelfth of the training images, and the first
// half of MNIST's test images is the easier one.
//
// It lies in no folder, so o.Dir must be "".
func MNISTSmall(ctx context.Context, o Options) (*Splits, error) {
	if o.Dir != "" {
		return nil,
			fmt.Errorf("data-dir is %s: mnist-small is part of the program and read from no folder, so leave "+
				"data-dir away", o.Dir)
	}
	var files []member
	for _, f := range mnistSource().files {
		name := "mnist-small/" + f.name
		content, err := mnistSmall.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, member{name, int64(len(content)), func() ([]byte, error) { return content, nil }})
	}
	s, err := readDigits(ctx, files, o, mnistSmallValidation)
	if err != nil {
		return nil, err
	}
	s.Name = "mnist-small"
	return s, nil
}
