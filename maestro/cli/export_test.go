package cli

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/safetensors"
)

// noise writes a set in MNIST's form, of noise, and returns its folder.
func noise(t *testing.T) string {
	t.Helper()
	dir, rng := t.TempDir(), rand.New(rand.NewPCG(1, 2))
	for name, n := range map[string]uint32{"train": 300, "t10k": 20} {
		for kind, dims := range map[string][]uint32{"images-idx3": {n, 28, 28}, "labels-idx1": {n}} {
			var file bytes.Buffer
			z := gzip.NewWriter(&file)
			_ = binary.Write(z, binary.BigEndian, append([]uint32{0x800 + uint32(len(dims))}, dims...))
			size := 1
			for _, d := range dims {
				size *= int(d)
			}
			content := make([]byte, size)
			for i := range content {
				content[i] = byte(rng.IntN(10))
			}
			_, _ = z.Write(content)
			_ = z.Close()
			if err := os.WriteFile(filepath.Join(dir, name+"-"+kind+"-ubyte.gz"), file.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestExport: a run's network is written into its folder; a mistake is one line that says what is wrong.
func TestExport(t *testing.T) {
	data, dir := noise(t), filepath.Join(t.TempDir(), "run")
	maestro := func(args ...string) (int, string) {
		var out capture
		code := run(t.Context(), args, console{out: &out, err: &out})
		return code, string(out)
	}
	if code, said := maestro("train", "--data-dir", data, "--run", dir, "--epochs", "1", "--batch", "30",
		"--validation", "60"); code != 0 {
		t.Fatal(said)
	}
	if code, said := maestro("export", dir, "--data-dir", data); code != 0 || !strings.Contains(said, "model.onnx") {
		t.Fatalf("status %d: %s", code, said)
	}
	// LeNet's weights
	if info, err := os.Stat(filepath.Join(dir, "export", "model.onnx")); err != nil || info.Size() < 4*40_000 {
		t.Errorf("model.onnx: %v, %v", info, err)
	}
	f, err := safetensors.Read(filepath.Join(dir, "export", "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Metadata["model"] != "lenet" || f.Metadata["epochs"] != "1" ||
		!strings.Contains(f.Metadata["settings"], `"lambda_gl":0`) || len(f.Tensors["fc3.bias"].Data) != 10 {
		t.Errorf("metadata %v, tensors %v", f.Metadata, f.Tensors["fc3.bias"])
	}
	out := filepath.Join(t.TempDir(), "elsewhere")
	if code, said := maestro("export", dir, "--data-dir", data, "--format", "safetensors", "--out", out); code != 0 {
		t.Fatal(said)
	}
	if list, _ := os.ReadDir(out); len(list) != 1 || list[0].Name() != "model.safetensors" {
		t.Errorf("--format safetensors wrote %v", list)
	}

	if err := os.RemoveAll(filepath.Join(dir, "checkpoint")); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"has no checkpoint yet":                              {dir, "--data-dir", data},
		"is no run folder: it has no config.yaml":            {data, "--data-dir", data},
		`no format "pdf"; the formats are onnx, safetensors`: {dir, "--format", "onnx,pdf"},
	} {
		if code, said := maestro(append([]string{"export"}, args...)...); code != 1 || !strings.Contains(said, want) ||
			strings.Count(said, "\n") != 1 {
			t.Errorf("maestro export %v: status %d, %q; want one line with %q", args, code, said, want)
		}
	}
}
