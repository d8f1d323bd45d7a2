package data

import (
	"context"
	"fmt"
	"strings"
)

// named is a data set under the name that settings have for it.
type named struct {
	name  string
	title string // as it is written in tables and figures
	load  func(context.Context, Options) (*Splits, error)
}

func registry() []named {
	return []named{
		{"mnist", "MNIST", MNIST}, {"cifar10", "CIFAR-10", CIFAR10}, {"tinyimagenet", "Tiny ImageNet", TinyImageNet},
		{"mnist-small", "MNIST-small", MNISTSmall},
	}
}

// Names are the names that Load knows.
func Names() (names []string) {
	for _, d := range registry() {
		names = append(names, d.name)
	}
	return names
}

// Title is how tables and figures write a data set's name; a name that Load does not know is its own title.
func Title(name string) string {
	for _, d := range registry() {
		if d.name == name {
			return d.title
		}
	}
	return name
}

// Load loads the data set of the given name, which is then Splits.Name.
func Load(ctx context.Context, name string, o Options) (*Splits, error) {
	for _, d := range registry() {
		if d.name == name {
			return d.load(ctx, o)
		}
	}
	return nil, fmt.Errorf("data is %q: it must be one of %s", name, strings.Join(Names(), ", "))
}
