package data

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

func loadSmall(t *testing.T, o Options) *Splits {
	t.Helper()
	s, err := MNIST(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// indices reads back which images of small a set holds, and checks that labels and pixels came along.
func indices(t *testing.T, s Set) (found []int) {
	t.Helper()
	for i := range s.Len() {
		k := index(s.Image(i))
		if s.Labels[i] != int32(k%10) || !bytes.Equal(s.Image(i)[2:], bytes.Repeat([]byte{byte(k * 7)}, 28*28-2)) {
			t.Fatalf("example %d does not hold together", i)
		}
		found = append(found, k)
	}
	return found
}

func TestSplit(t *testing.T) {
	alone(t)
	dir := small(300, 40).write(t, t.TempDir())
	first := loadSmall(t, Options{Dir: dir, Validation: 60, Seed: 1})
	train, validation, test := indices(t, first.Train), indices(t, first.Validation), indices(t, first.Test)
	if len(train) != 240 || len(validation) != 60 || len(test) != 40 {
		t.Fatalf("%d, %d, %d examples, want 240, 60, 40", len(train), len(validation), len(test))
	}
	if !slices.IsSorted(train) || !slices.IsSorted(validation) || !slices.IsSorted(test) {
		t.Error("the examples are not in the files' order")
	}
	all := slices.Concat(train, validation, test)
	slices.Sort(all)
	for i, k := range all {
		if i != k {
			t.Fatalf("example %d is there twice or not at all", i)
		}
	}

	again := loadSmall(t, Options{Dir: dir, Validation: 60, Seed: 1})
	if !slices.Equal(indices(t, again.Validation), validation) || !bytes.Equal(again.Train.Images, first.Train.Images) {
		t.Error("the same seed cut differently")
	}
	other := loadSmall(t, Options{Dir: dir, Validation: 60, Seed: 2})
	if slices.Equal(indices(t, other.Validation), validation) {
		t.Error("another seed cut the same validation split")
	}
	if !slices.Equal(indices(t, other.Test), test) || other.Checksum != first.Checksum {
		t.Error("the seed changed the test split or the checksum")
	}
}

// TestCutStays holds the cut that runs are recorded with: a change here makes old runs impossible to repeat. The
// numbers are what this code gave when it was written.
func TestCutStays(t *testing.T) {
	_, held, err := cut(60_000, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{1624, 6848, 34340, 42483, 53122}; !slices.Equal(held, want) {
		t.Errorf("validation %v, want %v", held, want)
	}
}

func TestValidationSize(t *testing.T) {
	alone(t)
	dir := small(20, 10).write(t, t.TempDir())
	for _, n := range []int{-1, 20, 21, 0} { // 0 stands for 5000
		_, err := MNIST(t.Context(), Options{Dir: dir, Validation: n})
		if n == 0 {
			n = 5000
		}
		wantError(t, err, "validation is", "at least 1", "20")
	}
	for _, n := range []int{1, 19} {
		s := loadSmall(t, Options{Dir: dir, Validation: n})
		if s.Validation.Len() != n || s.Train.Len() != 20-n {
			t.Errorf("%d and %d examples, want %d and %d", s.Validation.Len(), s.Train.Len(), n, 20-n)
		}
	}
}

// TestDefaultValidation: where nothing is said, a data set holds out what fits it, and files of fewer examples a tenth.
func TestDefaultValidation(t *testing.T) {
	alone(t)
	digits := small(660, 10).write(t, t.TempDir())
	photographs := smallCIFAR(30).write(t, t.TempDir())
	tiny := smallTiny(t, 10).plant(t, t.TempDir())
	for _, c := range []struct {
		data, dir         string
		train, validation int
	}{{"mnist", digits, 594, 66}, {"cifar10", photographs, 135, 15}, {"tinyimagenet", tiny, 27, 3},
		{"mnist-small", "", 4500, 500}} {
		s, err := Load(t.Context(), c.data, Options{Dir: c.dir})
		if err != nil {
			t.Fatal(err)
		}
		if s.Train.Len() != c.train || s.Validation.Len() != c.validation {
			t.Errorf("%s: %d and %d examples, want %d and %d", c.data, s.Train.Len(), s.Validation.Len(), c.train,
				c.validation)
		}
	}
}

// TestOtherContent: files of the form that are not the published ones load, with a checksum and a normalisation of
// their own.
func TestOtherContent(t *testing.T) {
	alone(t)
	a := small(20, 10)
	b := a.with(testLabels, idx(0x801, make([]byte, 10), 10))
	sa := loadSmall(t, Options{Dir: a.write(t, t.TempDir()), Validation: 5})
	sb := loadSmall(t, Options{Dir: b.write(t, t.TempDir()), Validation: 5})
	if len(sa.Checksum) != 64 || sa.Checksum == sb.Checksum {
		t.Errorf("checksums %s and %s", sa.Checksum, sb.Checksum)
	}
	var sum, squares float64
	pixels := slices.Concat(sa.Train.Images, sa.Validation.Images)
	for _, p := range pixels {
		sum += float64(p) / 255
	}
	mean := sum / float64(len(pixels))
	for _, p := range pixels {
		squares += (float64(p)/255 - mean) * (float64(p)/255 - mean)
	}
	std := math.Sqrt(squares / float64(len(pixels)))
	if math.Abs(sa.Mean[0]-mean) > 1e-12 || math.Abs(sa.Std[0]-std) > 1e-12 {
		t.Errorf("normalisation %v, %v, want %g, %g", sa.Mean, sa.Std, mean, std)
	}
}

func TestMomentsOfChannels(t *testing.T) {
	s := Set{Images: []byte{0, 51, 255, 51}, Labels: []int32{0}, Height: 2, Width: 1, Channels: 2, Classes: 1}
	mean, std := moments(s)
	for i, want := range [][2]float64{{0.5, 0.5}, {0.2, 1}} { // the second never changes
		if math.Abs(mean[i]-want[0]) > 1e-12 || math.Abs(std[i]-want[1]) > 1e-12 {
			t.Errorf("channel %d: %g, %g, want %v", i, mean[i], std[i], want)
		}
	}
}

func TestSubset(t *testing.T) {
	s := Set{Images: []byte{0, 1, 10, 11, 20, 21}, Labels: []int32{0, 1, 2}, Height: 1, Width: 2, Channels: 1,
		Classes: 3}
	sub := s.Subset([]int{2, 0, 2})
	if !bytes.Equal(sub.Images, []byte{20, 21, 0, 1, 20, 21}) || !slices.Equal(sub.Labels, []int32{2, 0, 2}) ||
		sub.Width != 2 || sub.Classes != 3 {
		t.Errorf("subset %+v", sub)
	}
	sub.Images[0], sub.Labels[0] = 99, 0
	if s.Images[4] != 20 || s.Labels[2] != 2 {
		t.Error("the subset shares the set's memory")
	}
	if empty := s.Subset(nil); empty.Len() != 0 || len(empty.Images) != 0 {
		t.Errorf("empty subset %+v", empty)
	}
}
