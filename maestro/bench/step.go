package bench

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/captions"
	"github.com/maestro-lod/notebook/maestro/task/named"
	"github.com/maestro-lod/notebook/maestro/train"
)

// transformerPeer is a Transformer's step in PyTorch, with torch.nn.Transformer and in factors.
//
//go:embed transformer_peer.py
var transformerPeer string

// StepOptions sets the benchmark of the training step.
type StepOptions struct {
	Settings runs.Settings
	Share    float64 // of every layer's ranks that are kept
	Steps    int     // counted steps
	Rounds   int     // times that ours and the peer take turns; medians over them are printed
	Python   string  // an interpreter with torch, or "" to leave the peer out
	// Peer is the peer's script, which prints a JSON line for each style and variant; "" for our own, which is of a
	// Transformer.
	Peer    string
	Threads int // for the peer
	// Device is the peer's, as PyTorch calls it; "" for its default, the CPU.
	Device      string
	CompilePeer bool // the peer compiles its step too
}

// StepResult is one measured step, ours or a peer's.
type StepResult struct {
	Who string `json:"who"` // "maestro", or the peer's style
	// "plain": the non-factorised network; "lod": the sampled pass alone; "lod+full": with the full pass
	Variant string         `json:"variant"`
	MS      float64        `json:"ms"`                  // median milliseconds of a step
	Over    float64        `json:"over_ours,omitempty"` // ms / ours, for a peer
	Detail  train.StepTime `json:"detail,omitzero"`
}

// Step times the training step with and without the full pass, in turns with a peer.
func Step(ctx context.Context, backend compute.Backend, o StepOptions) ([]StepResult, error) {
	if !(o.Share > 0 && o.Share <= 1) || o.Steps < 1 || o.Rounds < 1 {
		return nil, fmt.Errorf("share must be above 0 up to 1, steps and rounds at least 1, not %g, %d and %d", o.Share,
			o.Steps, o.Rounds)
	}
	type key struct{ who, variant string }
	var order []key
	times := map[key][]float64{}
	add := func(k key, ms float64) {
		if times[k] == nil {
			order = append(order, k)
		}
		times[k] = append(times[k], ms)
	}
	details := map[key]train.StepTime{}
	for range o.Rounds {
		for _, k := range []key{{"maestro", "plain"}, {"maestro", "lod"}, {"maestro", "lod+full"}} {
			s := o.Settings
			s.FullPass = k.variant == "lod+full"
			if k.variant == "plain" {
				s.WholeFirst = -1
			}
			task, err := named.Synthetic(s)
			if err != nil {
				return nil, err
			}
			t, err := train.TimeStep(backend, s, task, o.Share, o.Steps)
			if err != nil {
				return nil, err
			}
			add(k, t.MedianMS)
			details[k] = t
		}
		if o.Python == "" {
			continue
		}
		peers, err := peerSteps(ctx, o)
		if err != nil {
			return nil, err
		}
		for _, p := range peers {
			add(key{"pytorch " + p.Style, p.Variant}, p.MS)
		}
	}
	var results []StepResult
	for _, k := range order {
		r := StepResult{Who: k.who, Variant: k.variant, MS: median(times[k]), Detail: details[k]}
		if ours := times[key{"maestro", k.variant}]; k.who != "maestro" && ours != nil {
			r.Over = r.MS / median(ours)
		}
		results = append(results, r)
	}
	return results, nil
}

type peerStep struct {
	Style, Variant string
	MS             float64
}

func peerSteps(ctx context.Context, o StepOptions) (steps []peerStep, err error) {
	args := []string{o.Peer}
	if o.Peer == "" {
		args = []string{"-c", transformerPeer}
	}
	args = append(args, "--model", o.Settings.Model, "--batch", strconv.Itoa(o.Settings.Batch),
		"--steps", strconv.Itoa(o.Steps), "--threads", strconv.Itoa(o.Threads), "--rank",
		strconv.FormatFloat(o.Share, 'g', -1, 64))
	if captions.Is(o.Settings) {
		shape := captions.Shape(o.Settings, cmp.Or(o.Settings.Pieces, captions.Pieces),
			cmp.Or(o.Settings.Length, captions.Length))
		for _, flag := range []struct {
			name  string
			value int
		}{{"--width", shape.Width}, {"--heads", shape.Heads}, {"--layers", shape.Encoder},
			{"--feed-forward", shape.FeedForward}, {"--pieces", shape.Vocabulary}, {"--length", shape.Longest}} {
			args = append(args, flag.name, strconv.Itoa(flag.value))
		}
		args = append(args, "--dropout", strconv.FormatFloat(shape.Dropout, 'g', -1, 64))
	}
	if o.Device != "" {
		args = append(args, "--device", o.Device)
	}
	if o.Settings.Precision != "" {
		args = append(args, "--precision", o.Settings.Precision)
	}
	if o.CompilePeer {
		args = append(args, "--compile")
	}
	cmd := exec.CommandContext(ctx, o.Python, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return nil, fmt.Errorf("the peer %s does not run on %s: %w: %s", cmp.Or(o.Peer, "of a Transformer"), o.Python, err, lines[len(lines)-1])
	}
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		var s peerStep
		if json.Unmarshal(lines.Bytes(), &s) == nil && s.MS > 0 {
			steps = append(steps, s)
		}
	}
	return steps, nil
}
