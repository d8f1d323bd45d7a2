package export_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/maestro-lod/notebook/maestro/export"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/pyenv"
	"github.com/maestro-lod/notebook/maestro/safetensors"
)

//go:embed testdata/requirements.txt
var requirements string

// python is an environment with onnx, onnxruntime and safetensors, made in the cache folder by the first test that
// needs it.
func python(t *testing.T) pyenv.Env {
	t.Helper()
	env, err := pyenv.EnsureOther(t.Context(), "test-onnx", requirements,
		func(what string, done, total int) { t.Logf("%s (%d of %d)", what, done, total) })
	var missing *pyenv.Missing
	if errors.As(err, &missing) || errors.Is(err, pyenv.ErrUnreachable) {
		t.Skipf("no Python with onnxruntime to open the exported files with: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// opened is what testdata/check.py says of exported files.
type opened struct {
	Input, Output         []any
	Ops                   map[string]int
	Opset                 int
	NoKernel              []string `json:"no_kernel"` // convolutions and poolings that do not say their kernel's shape
	Initializers, Tensors map[string][]int
	Metadata              map[string]string
	TensorMetadata        map[string]string `json:"tensor_metadata"`
	Differ                []string
	outputs               map[string]safetensors.Tensor
}

// open exports the network in both formats and runs it in onnxruntime on the inputs.
func open(t *testing.T, n *lod.Network, o export.Options, inputs map[string]safetensors.Tensor) opened {
	t.Helper()
	dir, env := t.TempDir(), python(t)
	write := func(name string, fill func(b *bytes.Buffer) error) {
		var b bytes.Buffer
		if err := fill(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("model.onnx", func(b *bytes.Buffer) error { return export.ONNX(b, n, o) })
	write("model.safetensors", func(b *bytes.Buffer) error { return export.Safetensors(b, n, o) })
	write("inputs.safetensors",
		func(b *bytes.Buffer) error { return safetensors.Write(b, safetensors.File{Tensors: inputs}) })
	check := exec.CommandContext(t.Context(), env.Python(), filepath.Join("testdata", "check.py"), dir)
	var said bytes.Buffer
	check.Stderr = &said
	out, err := check.Output()
	if err != nil {
		t.Fatalf("opening the files in Python: %v\n%s", err, said.String())
	}
	var result opened
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	file, err := safetensors.Read(filepath.Join(dir, "outputs.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	result.outputs = file.Tensors
	return result
}
