// Package data loads the data sets that networks are trained on.
//
// A data set is looked for in a data folder: the one that is named (Options.Dir, the command's --data-dir), then
// $MAESTRO_DATA, then the cache folder, into which missing files are downloaded once, but for those of Tiny ImageNet.
// MNIST-small is part of the program.
// Whatever is random (the cut of the validation split, the draw of fewer training examples, the changes of an image)
// depends on a seed alone, so that a resumed run goes on with the same data.
package data
