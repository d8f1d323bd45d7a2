package export_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/export"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/safetensors"
	task "github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestAccuracyOnMNIST: a short run's network gets the same digits of the test split right in onnxruntime.
func TestAccuracyOnMNIST(t *testing.T) {
	if os.Getenv("MAESTRO_DATA") == "" {
		t.Skip("MAESTRO_DATA is not set: it names the data folder with MNIST's published files")
	}
	s := runs.Defaults()
	s.Epochs, s.TrainExamples, s.LR, s.FullPass, s.LambdaGL, s.EpsPS = 3, 20_000, 0.03, true, 5e-4, 5e-2 // ranks fall
	splits, err := data.MNIST(t.Context(), task.DataOptions(runs.Config{Settings: s}, "", nil))
	if err != nil {
		t.Fatal(err)
	}
	learnt, err := task.New(s, splits)
	if err != nil {
		t.Fatal(err)
	}
	run, err := train.New(testkit.Backend(t), filepath.Join(t.TempDir(), "run"), s, learnt, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if err := run.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	want, err := run.Test()
	if err != nil {
		t.Fatal(err)
	}
	set := splits.Test
	x := safetensors.Tensor{Shape: []int{set.Len(), set.Height, set.Width, set.Channels},
		Data: make([]float32, len(set.Images))}
	for i, pixel := range set.Images {
		x.Data[i] = float32(pixel) / 255
	}
	o := export.Options{} // the task has said how images are normalised
	logits := open(t, run.Network, o, map[string]safetensors.Tensor{"test": x}).outputs["test"]
	right := 0
	for i, label := range set.Labels {
		row, top := logits.Data[i*set.Classes:(i+1)*set.Classes], 0
		for c, v := range row {
			if v > row[top] {
				top = c
			}
		}
		if top == int(label) {
			right++
		}
	}
	got := 100 * float64(right) / float64(set.Len())
	t.Logf("ranks %v, test accuracy %.2f %% here, %.2f %% in onnxruntime", run.Network.Ranks(), want.Accuracy, got)
	// one image of 10,000, for a tie that rounding decides
	if math.Abs(got-want.Accuracy) > 0.011 || got < 80 || total(run.Network.Ranks()) == 236 {
		t.Errorf("test accuracy %.2f %% in onnxruntime, %.2f %% here, at ranks %v", got, want.Accuracy,
			run.Network.Ranks())
	}
}

func total(xs []int) (sum int) {
	for _, x := range xs {
		sum += x
	}
	return sum
}
