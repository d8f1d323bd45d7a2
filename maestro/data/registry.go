package data

import (
	"context"
	"fmt"
	"strings"
)

// named is a data set under the name that settings have for it.
type named struct {
	name string
	load func(context.Context, Options) (*Splits, error)
}

func registry() []named {
	return []named{{"mnist", MNIST}, {"cifar10", CIFAR10}, {"tinyimagenet", TinyImageNet}}
}

// Names are the names that Load knows.
func Names() (names []string) {
	for _, d := range registry() {
		names = append(names, d.name)
	}
	return names
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
