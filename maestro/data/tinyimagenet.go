package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"

	"github.com/maestro-lod/notebook/maestro/internal/permutation"
)

// tinySide is an image's height and width.
const tinySide = 64

func tinySource() source {
	return source{
		name:    "Tiny ImageNet",
		folder:  "tiny-imagenet-200",
		foreign: notUnpacked,
		files:   []remote{{name: "wnids.txt"}},
		get: "unpack http://cs231n.stanford.edu/tiny-imagenet-200.zip and name the folder that " +
			"tiny-imagenet-200 is then in with --data-dir DIR or MAESTRO_DATA=DIR",
	}
}

// TinyImageNet loads the Stanford course's excerpt of ImageNet from the folder that its archive unpacks to,
// tiny-imagenet-200 in the data folder or the data folder itself; it is not downloaded. The classes are those of
// wnids.txt in its order: 200, or fewer in an excerpt, with 500 training images each as published, of which a tenth, of
// all together, is cut for validation where o does not say otherwise. The publisher's labels of its test images are not
// public, so the test split is the publisher's validation folder, by class and then by name, whether its images lie
// together beside val_annotations.txt or in a folder each class.
//
// Images are [64, 64, 3], grey ones in three equal channels. They are JPEG or PNG files, whatever their names say. Go
// decodes them; libjpeg smooths colours, which are stored at half the resolution, so that its pixels are other by 1.3
// of 255 levels on average.
//
// Mean and Std are measured over the training files. Checksum is that of a list of each image's use, class and SHA-256,
// as they are read; nothing is kept between runs that could go stale.
//
// Its errors are one line. They name the file or the setting at fault, and where the folder is missing what to do.
func TinyImageNet(ctx context.Context, o Options) (*Splits, error) {
	paths, err := tinySource().locate(ctx, o)
	if err != nil {
		return nil, err
	}
	tree, err := readTree(filepath.Dir(paths[0]))
	if err != nil {
		return nil, err
	}
	// Neighbours are of mixed classes, as in the other sets' files: the statistics of batch norms come from the first
	// examples, batch by batch.
	mixed := make([]picture, len(tree.train))
	for to, from := range permutation.Of(len(tree.train), 0, mixStream) {
		mixed[to] = tree.train[from]
	}
	tree.train = mixed
	sum := sha256.New()
	var sets [2]Set // training files, validation files
	for i, part := range []struct {
		use      string
		pictures []picture
	}{{"train", tree.train}, {"test", tree.test}} {
		set, sums, err := decodeAll(ctx, part.pictures, tinySide, o.Report)
		if err != nil {
			return nil, err
		}
		for k, p := range part.pictures {
			fmt.Fprintf(sum, "%s %s %x\n", part.use, tree.classes[p.label], sums[k])
		}
		set.Classes = len(tree.classes)
		sets[i] = set
	}
	left, held, err := o.cut(sets[0], max(1, sets[0].Len()/10))
	if err != nil {
		return nil, err
	}
	s := &Splits{Name: "tinyimagenet", Dir: folderOf(paths), Test: sets[1], Checksum: hex.EncodeToString(sum.Sum(nil))}
	s.Mean, s.Std = moments(sets[0])
	s.Train, s.Validation = sets[0].part(left, held)
	return s, nil
}
