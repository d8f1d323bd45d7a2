package prose_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/prose"
)

// TestRead: the embedded text becomes blocks of the model's length, cut as asked; characters come back; a network's form
// is known without the data.
func TestRead(t *testing.T) {
	s := prose.Defaults()
	all, err := prose.Read(t.Context(), s, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := data.Opticks(data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	chars := len([]rune(text.Text))
	train, held := all.Task.Data.Train.Len(), all.Task.Data.Validation.Len()
	if want := chars * 8 / 10 / s.Length; train < want || train > want+1 || held != all.Task.Data.Test.Len() {
		t.Errorf("%d, %d and %d blocks of %d characters", train, held, all.Task.Data.Test.Len(), chars)
	}
	if got := all.Alphabet.Decode(all.Alphabet.Encode("Light and Colours.\n")); got != "Light and Colours.\n" {
		t.Errorf("characters come back as %q", got)
	}
	cut, err := prose.Read(t.Context(), s, data.Options{TrainExamples: 100, Validation: 7})
	if err != nil {
		t.Fatal(err)
	}
	if n, v := cut.Task.Data.Train.Len(), cut.Task.Data.Validation.Len(); n != 100 || v != 7 {
		t.Errorf("%d and %d blocks, want 100 and 7", n, v)
	}
	if !slices.Equal(cut.Alphabet, all.Alphabet) || cut.Task.Data.Config.Checksum != text.Checksum {
		t.Error("a cut text has another alphabet, or is another")
	}
	// A run asks for as many as it found.
	again, err := prose.Read(t.Context(), s, data.Options{Validation: held})
	if err != nil || again.Task.Data.Validation.Len() != held {
		t.Errorf("of %d validation blocks as many are %v (%v)", held, again, err)
	}
	n, err := prose.Net(runs.Config{Settings: s, Data: all.Task.Data.Config})
	if err != nil || len(n.Inputs) != 1 || !slices.Equal(n.Inputs[0].Shape, []int{s.Length}) {
		t.Errorf("without data the inputs are %v (%v)", n.Inputs, err)
	}
	if _, err := prose.Net(runs.Config{Settings: s}); err == nil || !strings.Contains(err.Error(), "form") {
		t.Errorf("a run that does not tell its form: %v", err)
	}
	random, err := prose.Synthetic(s)
	if err != nil || random.Check() != nil {
		t.Errorf("random characters: %v", err)
	}
}

// TestMistakes: each is one line that names the setting.
func TestMistakes(t *testing.T) {
	for say, change := range map[string]func(*runs.Settings, *data.Options){
		"model is lenet: data opticks wants language-model": func(s *runs.Settings, _ *data.Options) { s.Model = "lenet" },
		"data is mnist: model language-model wants opticks": func(s *runs.Settings, _ *data.Options) { s.Data = "mnist" },
		"width is 15, which 4 heads do not divide":          func(s *runs.Settings, _ *data.Options) { s.Width = 15 },
		"augment is crop-flip: a text has none":             func(s *runs.Settings, _ *data.Options) { s.Augment = "crop-flip" },
		"pieces is 90":                                      func(s *runs.Settings, _ *data.Options) { s.Pieces = 90 },
		"buckets is 2":                                      func(s *runs.Settings, _ *data.Options) { s.Buckets = 2 },
		"smoothing is 0.1":                                  func(s *runs.Settings, _ *data.Options) { s.Smoothing = 0.1 },
		"validation is 99999: it must be at ":               func(_ *runs.Settings, o *data.Options) { o.Validation = 99999 },
		"train_examples is -1: it must be at":               func(_ *runs.Settings, o *data.Options) { o.TrainExamples = -1 },
		"data-dir is x: opticks is part":                    func(_ *runs.Settings, o *data.Options) { o.Dir = "x" },
	} {
		s, o := prose.Defaults(), data.Options{}
		change(&s, &o)
		_, err := prose.Load(context.Background(), s, o)
		testkit.OneLine(t, say, err, say)
	}
}
