package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
)

// The form of the files: records of a label, one byte, and an image's three planes, red, green and blue.
const (
	cifarClasses = 10
	cifarSide    = 32
	cifarPlane   = cifarSide * cifarSide
	cifarRecord  = 1 + 3*cifarPlane
)

// cifarValidation leaves 45,000 of the 50,000 training examples.
const cifarValidation = 5000

// cifarChecksum is Splits.Checksum of the published files.
const cifarChecksum = "013ba16d14ecc4829da62bf2af648ca30f600491ecb3e7f329c827db0dd17522"

func cifarSource() source {
	return source{
		name:   "CIFAR-10",
		folder: "cifar-10-batches-bin", others: []string{"cifar-10-batches-py", "cifar-10-batches-mat"},
		foreign: foreignBatches,
		files: []remote{
			{name: "data_batch_1.bin"}, {name: "data_batch_2.bin"}, {name: "data_batch_3.bin"},
			{name: "data_batch_4.bin"}, {name: "data_batch_5.bin"},
			{name: "test_batch.bin"},
		},
		// The publisher gives the MD5, c32a1d4ab5d03f1284b67883e8d87530; this is the SHA-256 of the same file.
		archive: remote{"cifar-10-binary.tar.gz", 170052171,
			"c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
		mirrors: []string{"https://www.cs.toronto.edu/~kriz"},
	}
}

// CIFAR10 loads the small colour photographs of Krizhevsky, Nair and Hinton in their binary version: images [32, 32,
// 3], ten classes, 50,000 examples in the training files, of which 5000 are cut for validation where o does not say
// otherwise, and 10,000 for test. The six files lie in a folder cifar-10-batches-bin or in the data folder itself, or
// are read out of the publisher's archive, cifar-10-binary.tar.gz, where that lies in their place, which takes
// longer. A download is unpacked once. Other files of the same names and form load too; the checksum tells them
// apart.
//
// Its errors are one line. They name the file or the setting at fault, and for a file that is missing what to do.
func CIFAR10(ctx context.Context, o Options) (*Splits, error) {
	return loadCIFAR10(ctx, o, cifarSource())
}

func loadCIFAR10(ctx context.Context, o Options, from source) (*Splits, error) {
	paths, err := from.locate(ctx, o)
	if err != nil {
		return nil, err
	}
	batches, err := from.open(paths)
	if err != nil {
		return nil, err
	}
	records, err := recordsEach(batches)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	sets := [2]Set{photographs(5 * records), photographs(records)} // training files, test file
	for i, b := range batches {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		content, err := b.read()
		if err != nil {
			return nil, err
		}
		var hashed sync.WaitGroup
		hashed.Go(func() { sum.Write(content) })
		err = sets[i/5].addRecords(content)
		hashed.Wait()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.name, err)
		}
	}
	left, held, err := o.cut(sets[0], cifarValidation)
	if err != nil {
		return nil, err
	}
	s := &Splits{
		Name: "cifar10", Dir: folderOf(paths),
		Test:     sets[1],
		Checksum: hex.EncodeToString(sum.Sum(nil)),
		Mean:     []float64{0.4914, 0.4822, 0.4465}, Std: []float64{0.2470, 0.2435, 0.2616},
	}
	if s.Checksum != cifarChecksum {
		s.Mean, s.Std = moments(sets[0])
	}
	s.Train, s.Validation = sets[0].part(left, held)
	return s, nil
}

// recordsEach is the number of records in each of the files. They all have the same, so a file that lost its end shows
// beside the others even where it ends with a whole record.
func recordsEach(batches []member) (int, error) {
	longest := batches[0]
	for _, b := range batches {
		if b.size > longest.size {
			longest = b
		}
	}
	for _, b := range batches {
		switch {
		case b.size == 0:
			return 0, fmt.Errorf("%s: it is empty: get it again", b.name)
		case b.size%cifarRecord != 0:
			return 0, fmt.Errorf("%s: cut short or not of CIFAR-10's binary version: %d bytes are no multiple of "+
				"%d, a record's length; get it again", b.name, b.size, cifarRecord)
		case b.size < longest.size:
			return 0, fmt.Errorf("%s: cut short: %d records, where %s has %d; get it again", b.name, b.size/cifarRecord,
				longest.name, longest.size/cifarRecord)
		}
	}
	return int(longest.size / cifarRecord), nil
}

// photographs is an empty set with room for n examples.
func photographs(n int) Set {
	return Set{Images: make([]byte, 0, n*3*cifarPlane), Labels: make([]int32, 0, n), Height: cifarSide,
		Width: cifarSide, Channels: 3, Classes: cifarClasses}
}

// addRecords appends the examples of a file, whose planes it interleaves.
func (s *Set) addRecords(content []byte) error {
	for r := 0; r*cifarRecord < len(content); r++ {
		record := content[r*cifarRecord:][:cifarRecord]
		if record[0] >= cifarClasses {
			return fmt.Errorf("the label of the record at index %d is %d, and labels are 0 to %d", r, record[0],
				cifarClasses-1)
		}
		s.Labels = append(s.Labels, int32(record[0]))
		red, green, blue := record[1:][:cifarPlane], record[1+cifarPlane:][:cifarPlane],
			record[1+2*cifarPlane:][:cifarPlane]
		end := len(s.Images)
		s.Images = s.Images[:end+3*cifarPlane]
		image := s.Images[end:]
		for i := range cifarPlane {
			pixel := image[3*i:][:3]
			pixel[0], pixel[1], pixel[2] = red[i], green[i], blue[i]
		}
	}
	return nil
}
