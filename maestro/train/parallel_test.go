package train

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// randomTask is that of images whose classes can be told by a bright square.
func randomTask(t *testing.T, settings runs.Settings, examples, side, channels int) *task.Task {
	rng := rand.New(rand.NewPCG(3, 4))
	set := data.Set{Images: make([]byte, examples*side*side*channels), Labels: make([]int32, examples), Height: side,
		Width: side, Channels: channels, Classes: 10}
	for i := range set.Images {
		set.Images[i] = byte(rng.IntN(80))
	}
	for i := range set.Labels {
		set.Labels[i] = int32(rng.IntN(10))
		for y := range 5 {
			for x := range 5 * channels {
				set.Images[i*side*side*channels+(int(set.Labels[i])*2+y)*side*channels+x] = 255
			}
		}
	}
	s := &data.Splits{Train: set, Validation: set, Test: set, Checksum: "random"}
	for range channels {
		s.Mean, s.Std = append(s.Mean, 0.2), append(s.Std, 0.3)
	}
	return taskOf(t, settings, s)
}

// trained is what a number of steps on so many devices give: their losses, and the variables after them.
func trained(t *testing.T, backend compute.Backend, devices, steps int, s runs.Settings,
	learnt *task.Task) (losses []float64, variables map[string][]float32, measured runs.Measured) {
	t.Helper()
	r, err := open(backend, "", s, learnt, Options{Devices: devices}, s.Start)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	alive := ranks32(r.Network)
	per := r.Examples() / s.Batch
	for i := range steps {
		draw := r.sampler.Draw()
		order := EpochOrder(r.Examples(), 1, i/per)
		loss, err := r.executor.step(batch{examples: order[i%per*s.Batch : (i%per+1)*s.Batch]}, draw, alive,
			stepAt{number: i + 1, rate: s.LR})
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, loss)
	}
	variables = map[string][]float32{}
	for v := range r.Network.Store().IterVariables() {
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		variables[v.Path()] = tensors.MustCopyFlatData[float32](value)
	}
	if measured, err = r.Validate(); err != nil {
		t.Fatal(err)
	}
	return losses, variables, measured
}

// apart is the largest difference of two variables over the largest entry of either.
func apart(a, b []float32) float64 {
	largest, difference := 0.0, 0.0
	for i := range a {
		largest = max(largest, math.Abs(float64(a[i])), math.Abs(float64(b[i])))
		difference = max(difference, math.Abs(float64(a[i])-float64(b[i])))
	}
	if largest == 0 {
		return 0
	}
	return difference / largest
}

// TestDevicesTrainAlike: training on several devices gives the losses, weights and accuracy of training on one, but for
// rounding. That holds for batch norms only if their statistics are of the whole batch. Training makes rounding grow
// thousandfold within 20 steps in 18 layers with batch norms, so there the learning rate is 0: every loss is one of the
// starting weights at other ranks, and momentum keeps the sum of all gradients. Of those some entries are small
// differences of large sums, and a ReLU whose input is zero but for rounding changes them.
func TestDevicesTrainAlike(t *testing.T) {
	t.Parallel()
	lenet, resnet := runs.Defaults(), runs.Defaults()
	lenet.Batch, lenet.LambdaGL, lenet.LR = 32, 1e-4, 0.05
	lenet.Augment = images.CropFlip
	resnet.Model, resnet.Width, resnet.Batch, resnet.LambdaGL, resnet.LR = "resnet18", 8, 32, 1e-4, 0
	for name, c := range map[string]struct {
		settings runs.Settings
		task     *task.Task
		devices  []int
		within   float64 // of a variable's largest entry
	}{
		"lenet":    {lenet, randomTask(t, lenet, 256, 28, 1), []int{2, 4}, 1e-4},
		"resnet18": {resnet, randomTask(t, resnet, 128, 32, 3), []int{2}, 0.05},
	} {
		t.Run(name, func(t *testing.T) {
			if c.settings.Model == "resnet18" {
				testmode.Long(t, "batch norms see the batch of all devices")
			}
			const steps = 24
			backend := testkit.Devices(t, 4)
			losses, variables, measured := trained(t, backend, 1, steps, c.settings, c.task)
			if first, last := losses[0], losses[steps-1]; c.settings.LR > 0 && !(last < first) {
				t.Errorf("the loss goes from %g to %g: nothing was learnt", first, last)
			}
			for _, devices := range c.devices {
				theirs, others, also := trained(t, backend, devices, steps, c.settings, c.task)
				worst, widest, where := 0.0, 0.0, ""
				for i := range losses {
					worst = max(worst, math.Abs(losses[i]-theirs[i])/(1+losses[i]))
				}
				for path, value := range variables {
					if d := apart(value, others[path]); !(d <= widest) {
						widest, where = d, path
					}
				}
				t.Logf("%d devices: losses differ by %.1e, variables by %.1e (%s)", devices, worst, widest, where)
				if !(worst <= 1e-5) || !(widest <= c.within) || !(math.Abs(also.Accuracy-measured.Accuracy) <= 1) ||
					also.Examples != measured.Examples {
					t.Errorf("%d devices: losses differ by %g, %s by %g, measured %+v, on one %+v", devices, worst,
						where, widest, also, measured)
				}
			}
		})
	}
}

// TestDevicesResume: a run on two devices that is resumed after an epoch ends bit for bit as one that was not
// interrupted, on as many devices though nobody says so, and with ranks that are cut; on another number it goes on
// with a warning.
func TestDevicesResume(t *testing.T) {
	t.Parallel()
	s, parent := runs.Defaults(), t.TempDir()
	learnt := randomTask(t, s, 128, 28, 1)
	s.Epochs, s.Batch, s.LambdaGL, s.EpsPS, s.RecompileSteps, s.LR = 3, 16, 2e-3, 0.6, 0, 0.02
	backend := testkit.Devices(t, 2)
	end := func(r *Run, err error) map[string][]float32 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := r.Train(t.Context()); err != nil {
			t.Fatal(err)
		}
		variables := map[string][]float32{}
		_, file, err := runs.ReadCheckpoint(runs.CheckpointDir(r.Dir, s.Epochs, 0))
		if err != nil {
			t.Fatal(err)
		}
		for name, tensor := range file.Tensors {
			variables[name] = tensor.Data
		}
		return variables
	}
	want := end(New(backend, filepath.Join(parent, "whole"), s, learnt, Options{Devices: 2}))
	if u := want["model/fc1/u"]; len(u) == 120*120 {
		t.Error("no rank was cut, so that was not tested")
	}

	parts := filepath.Join(parent, "parts")
	first, err := New(backend, parts, s, learnt, Options{Devices: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.epoch(t.Context()); err != nil {
		t.Fatal(err)
	}
	first.Close()
	var warned []string
	options := Options{Warn: func(text string) { warned = append(warned, text) }, Devices: 1}
	other, err := Resume(backend, parts, learnt, options)
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
	if len(warned) != 1 || !strings.Contains(warned[0], "started on 2 device(s) and goes on with 1") {
		t.Errorf("on one device it warned %q", warned)
	}
	warned, options.Devices = nil, 0
	got := end(Resume(backend, parts, learnt, options))
	if len(warned) > 0 {
		t.Errorf("it warned %q", warned)
	}
	if len(got) != len(want) {
		t.Fatalf("%d variables, want %d", len(got), len(want))
	}
	for name := range want {
		for i := range want[name] {
			if math.Float32bits(want[name][i]) != math.Float32bits(got[name][i]) {
				t.Errorf("%s differs from entry %d on: %g, want %g", name, i, got[name][i], want[name][i])
				break
			}
		}
	}
}

// TestDevicesMistakes: each gets one line that says what to change.
func TestDevicesMistakes(t *testing.T) {
	t.Parallel()
	s := runs.Defaults()
	learnt := randomTask(t, s, 64, 28, 1)
	s.Batch = 32
	backend := testkit.Devices(t, 4)
	for devices, want := range map[int]string{
		3:  "batch is 32, which 3 devices cannot share evenly: make it a multiple of 3",
		-1: "devices is -1: it must be at least 1",
		32: "devices is 32, but the backend xla has 4",
	} {
		if _, err := New(backend, filepath.Join(t.TempDir(), "run"), s, learnt,
			Options{Devices: devices}); err == nil || err.Error() != want {
			t.Errorf("%d devices: the error is %v, want %s", devices, err, want)
		}
	}
}
