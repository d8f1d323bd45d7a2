package translation_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/translation"
	"github.com/maestro-lod/notebook/maestro/train"
)

// few is a corpus of given pairs in its training split.
func few(train ...translation.Pair) translation.Corpus {
	held := []translation.Pair{{Source: []int32{4}, Target: []int32{5}}}
	return translation.Corpus{Name: "few", Pieces: 9, Train: train, Validation: held, Test: held}
}

// TestExamples: sources end with the end piece, targets begin with the begin piece and end with the end's, and
// padding fills the rest.
func TestExamples(t *testing.T) {
	it, err := translation.New("small", models.Transformer(small(0)),
		few(translation.Pair{Source: []int32{4, 5, 6}, Target: []int32{7}}, translation.Pair{Source: []int32{8},
			Target: []int32{3, 8}}), translation.Options{Length: 4})
	if err != nil {
		t.Fatal(err)
	}
	var got [][]int32
	for _, c := range it.Data.Train {
		got = append(got, tensors.MustCopyFlatData[int32](c.Tensor()))
	}
	want := [][]int32{{4, 5, 6, task.EndPiece, 8, task.EndPiece, 0, 0}, {task.BeginPiece, 7, task.EndPiece, 0, 0,
		task.BeginPiece, 3, 8, task.EndPiece, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestPaddingChangesNothing: a network's loss and perplexity are the same where sequences have more padding behind
// them, and where the vectors of the padding are others.
func TestPaddingChangesNothing(t *testing.T) {
	backend, s, shape := testkit.Backend(t), short(), small(0)
	s.Batch, shape.Shared = 32, false // shared, the padding's vector would be one of the output's too
	var losses []float64
	for _, length := range []int{8, 12} {
		for _, added := range []float32{0, 100} {
			it, err := translation.New("small", models.Transformer(shape), reversed(64, 64),
				translation.Options{Length: length, Smoothing: 0.1})
			if err != nil {
				t.Fatal(err)
			}
			r, err := train.New(backend, filepath.Join(t.TempDir(), "run"), s, it, train.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, side := range []string{"source", "target"} {
				table := r.Network.Store().GetVariable("/model/" + side + "-embedding/table")
				flat := tensors.MustCopyFlatData[float32](table.MustValue())
				for i := range shape.Width {
					flat[i] += added * float32(1+i)
				}
				if err := table.SetValue(tensors.FromFlatDataAndDimensions(flat,
					table.Shape().Dimensions...)); err != nil {
					t.Fatal(err)
				}
			}
			measured, err := r.Validate()
			r.Close()
			if err != nil {
				t.Fatal(err)
			}
			losses = append(losses, measured.Loss)
		}
	}
	for _, loss := range losses {
		if difference := loss - losses[0]; !(difference < 1e-6*loss && -difference < 1e-6*loss) {
			t.Errorf("losses %v: padding changes them", losses)
		}
	}
}

// TestMistakes: each is one line that names it, or, where pairs are to be left out, is counted.
func TestMistakes(t *testing.T) {
	good, long, empty := translation.Pair{Source: []int32{4}, Target: []int32{5, 6}},
		translation.Pair{Source: []int32{4, 4, 4, 4, 4}, Target: []int32{5}}, translation.Pair{Source: []int32{4}}
	o := translation.Options{Length: 4}
	for say, c := range map[string]struct {
		corpus translation.Corpus
		o      translation.Options
	}{
		"length is 1: it must be at least 2": {few(good), translation.Options{Length: 1}},
		"smoothing is 1: it must be from 0": {few(good),
			translation.Options{Length: 4, Smoothing: 1}},
		"the training split has no pairs, of 0 that were given":      {few(), o},
		"1 of 2 training pairs are longer than 3 pieces and the end": {few(good, long), o},
		"pair 2 first: leave them out by Drop":                       {few(good, empty), o},
		"the target of training pair 1: piece 2 is 9: those of text": {few(translation.Pair{Source: []int32{4},
			Target: []int32{5, 9}}), o},
		"the source of training pair 1: piece 1 is 0: those of text": {few(translation.Pair{Source: []int32{0},
			Target: []int32{5}}), o},
		"the training split has no pairs, of 1 that were given": {few(long),
			translation.Options{Length: 4, Drop: true}},
	} {
		_, err := translation.New("small", models.Transformer(small(0)), c.corpus, c.o)
		testkit.OneLine(t, fmt.Sprint(c.o), err, say)
	}
	var warned []string
	o.Drop, o.Warn = true, func(text string) { warned = append(warned, text) }
	it, err := translation.New("small", models.Transformer(small(0)), few(long, good, empty, long), o)
	if err != nil || it.Data.Train.Len() != 1 {
		t.Fatal(err)
	}
	if len(warned) != 2 || !strings.HasPrefix(warned[0], "1 of 4 training pairs are with an empty side") ||
		warned[1] != "2 of 4 training pairs are longer than 3 pieces and the end, the longest of 5: they are left out" {
		t.Errorf("warnings %q", warned)
	}
}
