package models

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// named are the networks that settings may name, for a number of classes and a width.
func named() map[string]func(classes, width int) lod.Model {
	return map[string]func(classes, width int) lod.Model{
		"lenet":    func(classes, _ int) lod.Model { return LeNet(classes) },
		"resnet18": ResNet18, "resnet34": ResNet34, "resnet50": ResNet50, "vgg19": VGG19,
	}
}

// DefaultWidth is the published width of the networks that have one: the channels of the first stage.
const DefaultWidth = 64

// Names lists the networks that Named knows.
func Names() []string { return slices.Sorted(maps.Keys(named())) }

// Named is a network by its name; width, the channels of its first stage, is 0 for the published one, and LeNet has
// none. An unknown name is an error that lists the known ones.
func Named(name string, classes, width int) (lod.Model, error) {
	make, ok := named()[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("unknown model %q: use %s", name, strings.Join(Names(), ", "))
	case width < 0:
		return nil, fmt.Errorf("width is %d: it must be above 0, or 0 for the published one", width)
	case name == "lenet" && width != 0:
		return nil, fmt.Errorf("width is %d, but lenet has no width to set", width)
	case width == 0:
		width = DefaultWidth
	}
	return make(classes, width), nil
}
