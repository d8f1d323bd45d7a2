package data_test

import (
	"math"
	"slices"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
)

// published loads the real files, or skips the test.
func published(t *testing.T) *data.Splits {
	t.Helper()
	s, err := data.MNIST(t.Context(), data.Options{Dir: testkit.MNIST(t), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPublishedMNIST(t *testing.T) {
	s := published(t)
	if s.Train.Len() != 55_000 || s.Validation.Len() != 5000 || s.Test.Len() != 10_000 {
		t.Fatalf("%d, %d, %d examples, want 55000, 5000, 10000", s.Train.Len(), s.Validation.Len(), s.Test.Len())
	}
	for name, set := range map[string]data.Set{"train": s.Train, "validation": s.Validation, "test": s.Test} {
		if set.Height != 28 || set.Width != 28 || set.Channels != 1 || set.Classes != 10 ||
			len(set.Images) != set.Len()*28*28 {
			t.Errorf("%s: %d×%d×%d of %d classes in %d bytes", name, set.Height, set.Width, set.Channels, set.Classes,
				len(set.Images))
		}
	}

	// Examples a class, as PyTorch Lightning's tests of its copy of MNIST have them
	// (tests_pytorch/helpers/test_datasets.py) and, with those of the test files, the support column of any published
	// classification report.
	train := []int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}
	test := []int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}
	if got := classes(s.Train, s.Validation); !slices.Equal(got, train) {
		t.Errorf("training files: %v a class, want %v", got, train)
	}
	if got := classes(s.Test); !slices.Equal(got, test) {
		t.Errorf("test files: %v a class, want %v", got, test)
	}

	// 0.1307 and 0.3081 are those of PyTorch's MNIST example, of the training files.
	mean, std := moments(s.Train, s.Validation)
	t.Logf("mean %.6f, standard deviation %.6f", mean, std)
	if math.Abs(mean-0.1307) > 5e-5 || math.Abs(std-0.3081) > 5e-5 {
		t.Errorf("pixels have mean %g and standard deviation %g, want 0.1307 and 0.3081", mean, std)
	}
	if !slices.Equal(s.Mean, []float64{0.1307}) || !slices.Equal(s.Std, []float64{0.3081}) {
		t.Errorf("normalisation %v, %v: the files were not recognised as the published ones; their checksum is %s",
			s.Mean, s.Std, s.Checksum)
	}

	// A digit is dark in the middle and blank at the edge: the axes are right, and no header was read as pixels.
	var edge, middle int
	for i := range s.Test.Len() {
		image := s.Test.Image(i)
		for k := range 28 {
			edge += int(image[k]) + int(image[27*28+k]) + int(image[28*k]) + int(image[28*k+27])
			middle += int(image[14*28+k])
		}
	}
	if edge*100 > middle {
		t.Errorf("the pixels of the edges sum to %d, those of the middle row to %d", edge, middle)
	}
}

// TestPublishedCut: a class has its share of the validation split. Of 60,000 examples 5000 are drawn without
// replacement, so a class's count has a standard deviation of about 20; the bound is five of them.
func TestPublishedCut(t *testing.T) {
	s := published(t)
	all, held := classes(s.Train, s.Validation), classes(s.Validation)
	for c := range all {
		if want := float64(all[c]) / 12; math.Abs(float64(held[c])-want) > 100 {
			t.Errorf("class %d: %d of %d examples in validation, expected about %.0f", c, held[c], all[c], want)
		}
	}
}

func classes(sets ...data.Set) []int {
	counts := make([]int, 10)
	for _, s := range sets {
		for _, label := range s.Labels {
			counts[label]++
		}
	}
	return counts
}

func moments(sets ...data.Set) (mean, std float64) {
	var n, sum, squares float64
	for _, s := range sets {
		for _, p := range s.Images {
			v := float64(p) / 255
			n, sum, squares = n+1, sum+v, squares+v*v
		}
	}
	mean = sum / n
	return mean, math.Sqrt(squares/n - mean*mean)
}

func BenchmarkMNIST(b *testing.B) {
	dir := testkit.MNIST(b)
	for b.Loop() {
		if _, err := data.MNIST(b.Context(), data.Options{Dir: dir}); err != nil {
			b.Fatal(err)
		}
	}
}
