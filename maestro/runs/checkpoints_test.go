package runs

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestCheckpointsInOrder: the newest comes first, by number and not by letters, and no other run's folder is looked
// into, whatever characters the run's name has.
func TestCheckpointsInOrder(t *testing.T) {
	parent := t.TempDir()
	run, other := filepath.Join(parent, "lenet[1]"), filepath.Join(parent, "lenet1")
	make := func(run string, names ...string) {
		for _, name := range names {
			if err := os.MkdirAll(filepath.Join(run, "checkpoint", name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	make(run, "epoch-9999", "epoch-10000", "epoch-10000-step-0000007", "epoch-10000-step-12345678", "epoch-0010.part",
		"epoch-12", "epoch-0003-step-0000005.part", "other")
	make(other, "epoch-0001")
	list := func(when When) (names []string) {
		found, err := Checkpoints(run, when)
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range found {
			names = append(names, filepath.Base(dir))
		}
		return names
	}
	if got, want := list(Anywhere), []string{"epoch-10000-step-12345678", "epoch-10000-step-0000007", "epoch-10000",
		"epoch-9999"}; !slices.Equal(got, want) {
		t.Errorf("checkpoints %v, want %v", got, want)
	}
	if got, want := list(EpochEnds), []string{"epoch-10000", "epoch-9999"}; !slices.Equal(got, want) {
		t.Errorf("at ends of epochs %v, want %v", got, want)
	}
	if none, err := Checkpoints(filepath.Join(parent, "none"), Anywhere); err != nil || none != nil {
		t.Errorf("a run without: %v, %v", none, err)
	}
}
