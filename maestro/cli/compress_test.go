package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestCompress: the command leaves a ladder whose models measure as it says, and can be trained on; a target that is
// not met is a failure that names the nearest, and leaves its ladder too; other mistakes are one line each.
func TestCompress(t *testing.T) {
	data, dir := noise(t), filepath.Join(t.TempDir(), "run")
	maestro := func(args ...string) (code int, printed, said string) {
		var out, err capture
		code = run(t.Context(), append(args, "--data-dir", data), console{out: &out, err: &err})
		return code, string(out), string(err)
	}
	if code, _, said := maestro("train", "--run", dir, "--epochs", "1", "--batch", "30", "--validation",
		"60"); code != 0 {
		t.Fatal(said)
	}
	// of a training split of fewer examples than are taken by default
	search := []string{"compress", dir, "--shares", "0.5", "--time-batches", "2", "--time-rounds", "1", "--models", "2"}
	if code, printed, said := maestro(append(search, "--target-macs", "0.9")...); code != 0 ||
		!strings.Contains(printed, "its front") || !strings.Contains(printed, "ms at batch 2") {
		t.Fatalf("status %d: %s%s", code, printed, said)
	}
	models, err := compress.ReadFront(dir)
	if err != nil {
		t.Fatal(err)
	}
	last := models[len(models)-1]
	code, printed, said := maestro("eval", filepath.Join(dir, last.Dir), "--json")
	var measured struct{ Test struct{ Accuracy float64 } }
	if err := json.Unmarshal([]byte(printed), &measured); code != 0 || err != nil ||
		measured.Test.Accuracy != last.Test.Accuracy {
		t.Errorf("status %d, %s measures %s (%v), its ladder %+v; %s", code, last.Dir, printed, err, last.Test, said)
	}
	if testmode.IsLong() {
		tuned := filepath.Join(t.TempDir(), "tuned")
		if code, _, said := maestro("finetune", filepath.Join(dir, last.Dir), "--epochs", "1", "--run", tuned); code != 0 {
			t.Errorf("fine-tuning: %s", said)
		}
		code, printed, said := maestro(append(search, "--target-params", "0.001")...)
		if rungs, err := compress.ReadLadder(dir); err != nil || code != 1 ||
			!strings.Contains(said, fmt.Sprintf("the target is not met: the nearest is step %d with", len(rungs)-1)) ||
			!strings.Contains(printed, "its front") {
			t.Errorf("a target that cannot be: status %d, %s%s (%v)", code, printed, said, err)
		}
	}
	none := filepath.Join(t.TempDir(), "none")
	if err := os.CopyFS(none, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(none, "checkpoint")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		say  string
	}{
		{[]string{"compress", none}, "has no checkpoint yet"},
		{[]string{"compress", filepath.Join(none, "nowhere")}, "nowhere"},
		{[]string{"compress", dir, "--target-macs", "40"}, "target_macs is 40: it must be above 0 and at most 1"},
		{[]string{"compress", dir, "--by", "flops"}, `unknown metric "flops"`},
		{[]string{"finetune", none, "--epochs", "1"}, "has no checkpoint yet"},
	} {
		code, _, said := maestro(c.args...)
		if i := strings.Index(said, "maestro: "); code == 0 || i < 0 || !strings.Contains(said[i:], c.say) ||
			strings.Count(said[i:], "\n") != 1 {
			t.Errorf("%v: status %d, %q, want one line with %q", c.args, code, said, c.say)
		}
	}
}
