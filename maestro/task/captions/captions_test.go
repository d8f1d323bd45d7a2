package captions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/captions"
)

func small() runs.Settings {
	s := captions.Defaults()
	s.Width, s.Heads, s.Layers, s.Pieces, s.Length = 16, 2, 1, 150, 24
	return s
}

// TestRead: sentences become pieces and come back, sources end, those that are too long lose their end, and a
// network's form is known without the data.
func TestRead(t *testing.T) {
	s := small()
	c, err := captions.Read(t.Context(), s, data.Options{Dir: testkit.SmallMulti30k(t, 200)})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Task.Data.Train.Len(); got != 200 {
		t.Errorf("%d training pairs, want 200", got)
	}
	if c.Task.Data.Config.Checksum == "" || c.Task.Data.Config.Folder == "" || c.Task.Data.Config.Length != s.Length {
		t.Errorf("config.yaml would say %+v", c.Task.Data.Config)
	}
	// A run has the number of its validation pairs, and must find the same again, whatever was too long.
	shorter := s
	shorter.Length, shorter.Validation = 11, 0
	first9, err := captions.Read(t.Context(), shorter, data.Options{Dir: c.Text.Dir})
	if err != nil {
		t.Fatal(err)
	}
	kept := len(first9.Text.Validation)
	again, err := captions.Read(t.Context(), shorter, data.Options{Dir: c.Text.Dir, Validation: kept})
	if err != nil {
		t.Fatal(err)
	}
	if kept == 0 || kept == 60 || !slices.Equal(first9.Text.Validation, again.Text.Validation) {
		t.Errorf("of 60 validation pairs %d are short enough, and asked for again they are %d", kept,
			len(again.Text.Validation))
	}
	sentence := c.Text.Test[0].Source
	sources, cut := c.Sources([]string{sentence, strings.Repeat(sentence+" ", 24)})
	first, second := sources[0], sources[1]
	if c.Pieces.Decode(first[:len(first)-1]) != sentence || first[len(first)-1] != task.EndPiece {
		t.Errorf("%q becomes %v", sentence, first)
	}
	if cut != 1 || len(second) != s.Length || second[s.Length-1] != task.EndPiece {
		t.Errorf("%d sentences are cut, the longer one to %v", cut, second)
	}
	n, err := captions.Net(runs.Config{Settings: s, Data: c.Task.Data.Config})
	if err != nil || fmt.Sprint(n.Inputs) != fmt.Sprint(c.Task.Net.Inputs) {
		t.Errorf("without data the inputs are %v, with them %v (%v)", n.Inputs, c.Task.Net.Inputs, err)
	}
}

// TestMistakes: each is one line that names the setting.
func TestMistakes(t *testing.T) {
	dir := testkit.SmallMulti30k(t, 200)
	for say, change := range map[string]func(*runs.Settings){
		"model is lenet: data multi30k wants transformer": func(s *runs.Settings) { s.Model = "lenet" },
		"data is mnist: model transformer wants multi30k": func(s *runs.Settings) { s.Data = "mnist" },
		"width is 15, which 2 heads do not divide":        func(s *runs.Settings) { s.Width = 15 },
		"augment is crop-flip: sentences have none":       func(s *runs.Settings) { s.Augment = "crop-flip" },
		"none of the training pairs is as short":          func(s *runs.Settings) { s.Length = 2 },
	} {
		s := small()
		change(&s)
		if _, err := captions.Load(t.Context(), s, data.Options{Dir: dir}); err == nil ||
			!strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %q", err, say)
		}
	}
	if _, err := captions.Net(runs.Config{Settings: small()}); err == nil || !strings.Contains(err.Error(), "form") {
		t.Errorf("a run that does not tell its form: %v", err)
	}
}
