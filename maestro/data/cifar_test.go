package data_test

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
)

// publishedCIFAR10 loads the real files, or skips the test.
func publishedCIFAR10(t *testing.T) *data.Splits {
	t.Helper()
	if os.Getenv("MAESTRO_DATA") == "" {
		t.Skip("MAESTRO_DATA is not set: it names the data folder with CIFAR-10's published files")
	}
	if found, _ := filepath.Glob(filepath.Join(os.Getenv("MAESTRO_DATA"), "cifar-10*", "*.bin")); found == nil {
		t.Skip("there are no batch files of CIFAR-10 in MAESTRO_DATA, the data folder")
	}
	s, err := data.CIFAR10(t.Context(), data.Options{Seed: 1, NoDownload: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPublishedCIFAR10(t *testing.T) {
	s := publishedCIFAR10(t)
	if s.Train.Len() != 45_000 || s.Validation.Len() != 5000 || s.Test.Len() != 10_000 {
		t.Fatalf("%d, %d, %d examples, want 45000, 5000, 10000", s.Train.Len(), s.Validation.Len(), s.Test.Len())
	}
	for name, set := range map[string]data.Set{"train": s.Train, "validation": s.Validation, "test": s.Test} {
		if set.Height != 32 || set.Width != 32 || set.Channels != 3 || set.Classes != 10 ||
			len(set.Images) != set.Len()*3*32*32 {
			t.Errorf("%s: %d×%d×%d of %d classes in %d bytes", name, set.Height, set.Width, set.Channels, set.Classes,
				len(set.Images))
		}
	}

	// The publisher's page: 6000 images a class, 1000 of them in the test batch.
	if got := classes(s.Train, s.Validation); !slices.Equal(got, slices.Repeat([]int{5000}, 10)) {
		t.Errorf("training files: %v a class, want 5000 each", got)
	}
	if got := classes(s.Test); !slices.Equal(got, slices.Repeat([]int{1000}, 10)) {
		t.Errorf("test file: %v a class, want 1000 each", got)
	}
	// The first labels of test_batch, as every tutorial that prints them has: cat, ship, ship, plane.
	if want := []int32{3, 8, 8, 0}; !slices.Equal(s.Test.Labels[:4], want) {
		t.Errorf("the first test labels are %v, want %v", s.Test.Labels[:4], want)
	}

	// The usual statistics, measured: they also tell the channels apart.
	if !slices.Equal(s.Mean, []float64{0.4914, 0.4822, 0.4465}) ||
		!slices.Equal(s.Std, []float64{0.2470, 0.2435, 0.2616}) {
		t.Errorf("normalisation %v, %v: the files were not recognised as the published ones; their checksum is %s",
			s.Mean, s.Std, s.Checksum)
	}
	for c := range 3 {
		mean, std := channelMoments(c, s.Train, s.Validation)
		t.Logf("channel %d: mean %.6f, standard deviation %.6f", c, mean, std)
		// The published ones are rounded, and 0.48216 to 0.4822; 0.24703 to 0.2470.
		if math.Abs(mean-s.Mean[c]) > 1e-4 || math.Abs(std-s.Std[c]) > 1e-4 {
			t.Errorf("channel %d has mean %g and standard deviation %g, want %g and %g", c, mean, std, s.Mean[c],
				s.Std[c])
		}
	}

	// Photographs are smooth: neighbours in a row, in a column and between channels differ far less than pixels apart
	// do, which they would not if an axis were wrong.
	near := [3]float64{difference(s.Test, 3), difference(s.Test, 3*32), difference(s.Test, 1)}
	far := difference(s.Test, 3*(16*32+16))
	t.Logf("neighbours differ by %.1f, pixels apart by %.1f", near, far)
	for i, d := range near {
		if d > far/2 {
			t.Errorf("axis %d: neighbours differ by %.1f on average, pixels apart by %.1f", i, d, far)
		}
	}
}

// difference is how far the values of an image differ, on average, from those the given number of bytes later.
func difference(s data.Set, later int) float64 {
	sum, n := 0, 0
	for i := range s.Len() {
		image := s.Image(i)
		for k := range len(image) - later {
			d := int(image[k]) - int(image[k+later])
			sum, n = sum+max(d, -d), n+1
		}
	}
	return float64(sum) / float64(n)
}

func channelMoments(c int, sets ...data.Set) (mean, std float64) {
	var n, sum, squares float64
	for _, s := range sets {
		for i := c; i < len(s.Images); i += s.Channels {
			v := float64(s.Images[i]) / 255
			n, sum, squares = n+1, sum+v, squares+v*v
		}
	}
	mean = sum / n
	return mean, math.Sqrt(squares/n - mean*mean)
}

func BenchmarkCIFAR10(b *testing.B) {
	if os.Getenv("MAESTRO_DATA") == "" {
		b.Skip("MAESTRO_DATA is not set")
	}
	var most uint64
	for b.Loop() {
		s, err := data.CIFAR10(b.Context(), data.Options{NoDownload: true})
		if err != nil {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.Sys)
		runtime.KeepAlive(s)
	}
	b.ReportMetric(float64(most)/1e6, "MB-from-system")
}
