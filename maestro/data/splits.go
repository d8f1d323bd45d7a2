package data

import (
	"fmt"
	"math"
	"slices"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/internal/permutation"
)

// Options says where a data set is looked for and how it is cut.
type Options struct {
	// Dir is the data folder; its files lie in a folder of the data set's name or in Dir itself, and it is an error if
	// they do not. "" stands for $MAESTRO_DATA, then the cache folder.
	Dir string
	// Remembered is the folder that the files were read from the last time, Splits.Dir then: looked into where Dir is
	// "" and $MAESTRO_DATA does not have them. "" for none.
	Remembered string
	// Validation is the number of examples cut from the training files: 1 to one less than there are; 0 for the data
	// set's default. Of files with fewer examples than the published ones that is at most a tenth, if a tenth is ten
	// or more.
	Validation int
	// TrainExamples is the number of training examples, 1 to as many as the validation cut leaves; 0 for all of those.
	// They are drawn at random and in rounds, one of each class a round, so that the classes have equal numbers or one
	// more or less, as long as there are so many of each. A larger number of the same seed adds to a smaller one's.
	TrainExamples int
	// Seed is that of the cut and of the draw.
	Seed uint64
	// NoDownload makes missing files an error. Without it they are downloaded into the cache folder, unless Dir is set.
	NoDownload bool
	// Report is told how a download goes, in kB, and how far many images are read. It may be nil.
	Report cache.Progress
	// Warn is told, in a line, where data are not where they were or where the user thinks that they are. It may be
	// nil.
	Warn func(string)
}

func (o Options) warn(text string) {
	if o.Warn != nil {
		o.Warn(text)
	}
}

// Splits is a data set in its three parts. Training and validation are cut from the publisher's training files by a
// seed, and test is the publisher's: choices are made on validation, and test is looked at once.
type Splits struct {
	Name                    string
	Train, Validation, Test Set

	// Dir is the folder that the files were read from, as an absolute path; "" for data that are part of the program.
	Dir string

	// Checksum is the SHA-256, in hex, of the files as they are unpacked, before they are cut; of many small files,
	// of a list of theirs. A run's settings hold it.
	Checksum string

	// Mean and Std, one a channel, normalise pixels that were scaled to 0–1. They are the published ones for the
	// published files; for other files of the same form they are measured over the training files.
	Mean, Std []float64
}

// cut splits the indices of the training files' examples into those to train on and those of validation, each rising.
// validation is the data set's default.
func (o Options) cut(all Set, validation int) (left, held []int, err error) {
	if o.Validation == 0 {
		if o.Validation = validation; all.Len()/10 >= 10 {
			o.Validation = min(validation, all.Len()/10)
		}
	}
	if left, held, err = cut(all.Len(), o.Validation, o.Seed); err != nil || o.TrainExamples == 0 {
		return left, held, err
	}
	if o.TrainExamples < 0 || o.TrainExamples > len(left) {
		return nil, nil, fmt.Errorf("train_examples is %d: it must be at least 1 and at most %d, the training "+
			"examples that validation leaves, or 0 for all of these",
			o.TrainExamples, len(left))
	}
	return balanced(left, all, o.TrainExamples, o.Seed), held, nil
}

// balanced picks n of the examples at the given indices, as Options.TrainExamples says, and returns their indices,
// rising.
func balanced(indices []int, of Set, n int, seed uint64) []int {
	order := permutation.Of(len(indices), seed, drawStream)
	round, had := make([]int, len(indices)), make([]int, of.Classes)
	for _, i := range order {
		class := of.Labels[indices[i]]
		round[i] = had[class]
		had[class]++
	}
	slices.SortStableFunc(order, func(i, j int32) int { return round[i] - round[j] })
	drawn := make([]int, n)
	for k, i := range order[:n] {
		drawn[k] = indices[i]
	}
	slices.Sort(drawn)
	return drawn
}

// cut splits the indices of n examples at random into those of training and those of validation, each rising. The same
// seed cuts the same way.
func cut(n, validation int, seed uint64) (train, held []int, err error) {
	if validation < 1 || validation >= n {
		return nil, nil,
			fmt.Errorf("validation is %d: it must be at least 1 and less than the number of training examples, %d",
				validation, n)
	}
	isHeld := make([]bool, n)
	for _, i := range permutation.Of(n, seed, cutStream)[:validation] {
		isHeld[i] = true
		held = append(held, int(i))
	}
	slices.Sort(held)
	for i := range n {
		if !isHeld[i] {
			train = append(train, i)
		}
	}
	return train, held, nil
}

// moments are the mean and standard deviation of each channel over all pixels of a set, scaled to 0–1. A channel that
// never changes has a deviation of 1, so that normalising by it is harmless.
func moments(s Set) (mean, std []float64) {
	for c := range s.Channels {
		var counts [256]int
		for i := c; i < len(s.Images); i += s.Channels {
			counts[s.Images[i]]++
		}
		n, m, square := float64(len(s.Images)/s.Channels), 0.0, 0.0
		for v, count := range counts {
			m += float64(v) / 255 * float64(count) / n
		}
		for v, count := range counts {
			square += (float64(v)/255 - m) * (float64(v)/255 - m) * float64(count) / n
		}
		if square == 0 {
			square = 1
		}
		mean, std = append(mean, m), append(std, math.Sqrt(square))
	}
	return mean, std
}
