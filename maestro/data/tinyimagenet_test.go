package data_test

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
)

// TestPublishedTinyImageNet reads the published images, or an excerpt of some of their classes.
func TestPublishedTinyImageNet(t *testing.T) {
	dir := os.Getenv("MAESTRO_DATA")
	if dir == "" {
		t.Skip("MAESTRO_DATA is not set: it names the data folder with tiny-imagenet-200 in it")
	}
	if _, err := os.Stat(filepath.Join(dir, "tiny-imagenet-200")); err != nil {
		t.Skip("there is no tiny-imagenet-200 in MAESTRO_DATA, the data folder")
	}
	s, err := data.TinyImageNet(t.Context(), data.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	n := s.Train.Len() + s.Validation.Len()
	if s.Validation.Len() != n/10 || s.Test.Len() == 0 {
		t.Errorf("%d, %d, %d examples, want a tenth of the training files' in validation", s.Train.Len(),
			s.Validation.Len(), s.Test.Len())
	}
	seen := make([]int, s.Train.Classes)
	for _, label := range s.Test.Labels {
		seen[label]++
	}
	for class, count := range seen {
		if count != 50 { // the publisher's page: 50 validation images a class
			t.Errorf("class %d has %d test examples, want 50", class, count)
		}
	}
	// ImageNet's, of which this is an excerpt: 0.485, 0.456, 0.406 and 0.229, 0.224, 0.225, as PyTorch's
	// documentation has them; some classes of 200 are farther from them than the whole.
	for c, want := range []float64{0.485, 0.456, 0.406} {
		if math.Abs(s.Mean[c]-want) > 0.05 || s.Std[c] < 0.2 || s.Std[c] > 0.32 {
			t.Errorf("channel %d has mean %g and standard deviation %g", c, s.Mean[c], s.Std[c])
		}
	}
	t.Logf("mean %.4f, standard deviation %.4f, checksum %s", s.Mean, s.Std, s.Checksum)
	near := [3]float64{difference(s.Test, 3), difference(s.Test, 3*64), difference(s.Test, 1)}
	if far := difference(s.Test, 3*(32*64+32)); max(near[0], near[1], near[2]) > far/2 {
		t.Errorf("neighbours in rows, columns and channels differ by %.1f on average, pixels apart by %.1f", near, far)
	}
}

func BenchmarkTinyImageNet(b *testing.B) {
	if os.Getenv("MAESTRO_DATA") == "" {
		b.Skip("MAESTRO_DATA is not set")
	}
	var images int
	for b.Loop() {
		s, err := data.TinyImageNet(b.Context(), data.Options{})
		if err != nil {
			b.Fatal(err)
		}
		images = s.Train.Len() + s.Validation.Len() + s.Test.Len()
		runtime.KeepAlive(s)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*images), "µs/image")
}
