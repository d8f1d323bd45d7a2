package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestProbe: a plan with a probe says what trials take before one has run, twice as much for twice the epochs, and
// leaves no study behind; of a search it is what that asks for first.
func TestProbe(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles and times steps")
	}
	study := filepath.Join(t.TempDir(), "study")
	plan := func(args ...string) string {
		t.Helper()
		var out, said capture
		all := append([]string{"sweep", "run", study, "--data", "mnist-small", "--dry-run", "--probe"}, args...)
		if code := run(t.Context(), all, console{out: &out, err: &said}); code != 0 {
			t.Fatalf("status %d, %s", code, said)
		}
		return string(out)
	}
	macs := func(text string) float64 {
		t.Helper()
		m := regexp.MustCompile(`at most (\S+) of steps.* (\S+) multiply-adds`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("%q says nothing of what it takes", text)
		}
		x, err := strconv.ParseFloat(m[2], 64)
		if err != nil || m[1] == "0s" {
			t.Fatalf("%q (%v)", text, err)
		}
		return x
	}
	one := macs(plan("--epochs", "4", "--over", "lambda_gl=0,1e-3"))
	if two := macs(plan("--epochs", "8", "--over", "lambda_gl=0,1e-3")); two < 1.99*one || two > 2.01*one {
		t.Errorf("%g multiply-adds of 8 epochs, %g of 4", two, one)
	}
	search := plan("--epochs", "4", "--halve", "1e-2", "--max-drop", "1", "--seeds", "1,2")
	if twice := macs(search); twice < 1.99*one || twice > 2.01*one || !strings.Contains(search, "0 of 2 seeds") {
		t.Errorf("a search: %s", search)
	}
	if _, err := os.Stat(study); err == nil {
		t.Error("a study was made")
	}
	var out capture
	code := run(t.Context(), []string{"sweep", "run", study, "--probe"}, console{out: &out, err: &out})
	if said := string(out); code != 1 || !strings.Contains(said, "--probe belongs to --dry-run") {
		t.Errorf("status %d, %q", code, said)
	}
}

// TestStatusForPrograms: the JSON has the points, where trials are, and where a search stands.
func TestStatusForPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains")
	}
	study := filepath.Join(t.TempDir(), "study")
	var out, said capture
	code := run(t.Context(), []string{"sweep", "run", study, "--data", "mnist-small", "--train-examples", "200",
		"--validation", "50", "--epochs", "1", "--halve", "1e-2", "--min-accuracy", "1"}, console{out: &out, err: &said})
	if code != 0 {
		t.Fatal(string(said))
	}
	out = nil
	if code := run(t.Context(), []string{"sweep", "status", study, "--json"}, console{out: &out, err: &said}); code != 0 {
		t.Fatal(string(said))
	}
	var read struct {
		Points []struct{ Seeds int }
		Trials map[string]int
		Search struct{ Tried []struct{ Verdict string } }
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Points) != 1 || read.Points[0].Seeds != 1 || read.Trials["finished"] != 1 ||
		len(read.Search.Tried) != 1 || read.Search.Tried[0].Verdict != "met" {
		t.Errorf("%s reads as %+v", out, read)
	}
}
