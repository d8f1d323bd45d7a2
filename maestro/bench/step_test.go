package bench

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// TestPeerIsToldHowWeCompute: the peer is called with the device, the precision and the compilation that ours has,
// where they are not its defaults, and of what it prints the lines of JSON are taken.
func TestPeerIsToldHowWeCompute(t *testing.T) {
	dir := t.TempDir()
	python := filepath.Join(dir, "python")
	script := "#!/bin/sh\necho \"$@\" > " + dir +
		"/args\necho warming up\necho '{\"style\": \"tuned\", \"variant\": \"lod\", \"ms\": 12.5}'\n"
	if err := os.WriteFile(python, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	s := runs.Defaults()
	o := StepOptions{Settings: s, Share: 1, Steps: 3, Rounds: 1, Python: python, Peer: "peer.py", Threads: 2}
	steps, err := peerSteps(t.Context(), o)
	if err != nil || len(steps) != 1 || steps[0].MS != 12.5 || steps[0].Variant != "lod" {
		t.Fatalf("steps %+v (%v)", steps, err)
	}
	told := func() []string {
		text, err := os.ReadFile(filepath.Join(dir, "args"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(text))
	}
	for _, flag := range []string{"--device", "--precision", "--compile"} {
		if slices.Contains(told(), flag) {
			t.Errorf("the peer is told %v on a CPU in float32", told())
		}
	}
	o.Device, o.CompilePeer, o.Settings.Precision = "cuda", true, "bfloat16"
	if _, err := peerSteps(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if args := strings.Join(told(), " "); !strings.Contains(args, "--device cuda") ||
		!strings.Contains(args, "--precision bfloat16") ||
		!strings.Contains(args, "--compile") {
		t.Errorf("the peer is told %q", args)
	}
}
