package data

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestLoad: each name loads its data set, from one data folder, and the set goes by that name.
func TestLoad(t *testing.T) {
	alone(t)
	dir := t.TempDir()
	small(20, 10).write(t, filepath.Join(dir, "mnist"))
	smallCIFAR(4).write(t, filepath.Join(dir, "cifar-10-batches-bin"))
	smallTiny(t, 4).plant(t, filepath.Join(dir, "tiny-imagenet-200"))
	sides := map[string]int{}
	for _, name := range Names() {
		o := Options{Dir: dir, Validation: 2, TrainExamples: 6}
		if name == "mnist-small" {
			o.Dir = "" // it lies in none
		}
		s, err := Load(t.Context(), name, o)
		if err != nil {
			t.Fatal(err)
		}
		if s.Name != name || s.Train.Len() != 6 || s.Validation.Len() != 2 {
			t.Errorf("%s: it is called %s, and has %d and %d examples, want 6 and 2", name, s.Name, s.Train.Len(),
				s.Validation.Len())
		}
		sides[name] = s.Train.Width
	}
	if len(sides) != 4 || sides["mnist-small"] != 28 || sides["mnist"] != 28 || sides["cifar10"] != 32 ||
		sides["tinyimagenet"] != 64 {
		t.Errorf("images' sides %v", sides)
	}
	_, err := Load(t.Context(), "cifar-10", Options{Dir: dir})
	wantError(t, err, `data is "cifar-10"`, "mnist, cifar10, tinyimagenet, mnist-small")
	if !slices.Equal(Names(), []string{"mnist", "cifar10", "tinyimagenet", "mnist-small"}) {
		t.Errorf("names %v", Names())
	}
}
