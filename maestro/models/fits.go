package models

import (
	"fmt"
	"slices"
	"strings"
)

// sides are the heights and widths of images that a network takes: from least on, in steps.
type sides struct{ least, step int }

// takes are the sides of each network. LeNet's two maxima halve what its convolutions leave, 4 pixels less each, and
// VGG-19's five maxima halve its maps; the others end in a mean over whatever is left.
func takes() map[string]sides {
	any := sides{1, 1}
	return map[string]sides{"lenet": {16, 4}, "vgg19": {32, 32}, "resnet18": any, "resnet34": any, "resnet50": any}
}

func (s sides) fit(height, width int) bool {
	return min(height, width) >= s.least && (height-s.least)%s.step == 0 && (width-s.least)%s.step == 0
}

// Fits returns an error where the network of a name does not take images of a height and width; it names those that do.
func Fits(name string, height, width int) error {
	s, ok := takes()[name]
	if !ok || s.fit(height, width) {
		return nil
	}
	var others []string
	for other, o := range takes() {
		if o.fit(height, width) {
			others = append(others, other)
		}
	}
	slices.Sort(others)
	steps := ""
	for i := range 3 {
		steps += fmt.Sprint(s.least+i*s.step, ", ")
	}
	return fmt.Errorf("model %s takes images whose height and width are %s… pixels, and these are %d×%d: "+
		"use %s, or data whose images fit", name, steps, height, width, strings.Join(others, ", "))
}
