package programs_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/device/programs"
)

// A plugin is wrapped once in a process, so each of these tests computes in processes of their own: this program again,
// with envStore set to the folder of a store, or to "none".
const envStore = "MAESTRO_PROGRAMS_TEST_STORE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(envStore); dir != "" {
		bits, err := computeWith(dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		_ = json.NewEncoder(os.Stdout).Encode(bits)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// computeWith computes something whose result depends on how it was compiled, down to the last bit: long sums.
func computeWith(dir string) ([]uint32, error) {
	choice, ok, err := device.Find()
	if err != nil || !ok {
		return nil, fmt.Errorf("no device: %w", err)
	}
	_, plugin, _ := strings.Cut(choice.Config, ":")
	if dir != "none" {
		store, err := programs.Open(dir)
		if err != nil {
			return nil, err
		}
		warn := func(text string) { fmt.Fprintln(os.Stderr, text) }
		if err := programs.Install(store, programs.Settings{Plugin: plugin, Warn: warn}); err != nil {
			return nil, err
		}
	}
	if err := os.Setenv(device.EnvCompileCache, "off"); err != nil { // the store above is the one that is tested
		return nil, err
	}
	backend, err := device.OpenChoice(choice)
	if err != nil {
		return nil, err
	}
	defer backend.Finalize()
	return sums(backend)
}

func sums(backend compute.Backend) ([]uint32, error) {
	const n = 128
	x := make([]float32, n*n)
	for i := range x {
		x[i] = float32(math.Sin(float64(i)))
	}
	exec, err := graph.NewExec(backend, func(x *graph.Node) *graph.Node {
		y := graph.Tanh(graph.Dot(x, x).Product())
		return graph.Add(graph.ReduceSum(graph.Exp(y), 0),
			graph.ReduceSum(graph.Mul(x, graph.Log(graph.AddScalar(graph.Square(y), 1))), 1))
	})
	if err != nil {
		return nil, err
	}
	out, err := exec.Call(tensors.FromFlatDataAndDimensions(x, n, n))
	if err != nil {
		return nil, err
	}
	var bits []uint32
	for _, v := range tensors.MustCopyFlatData[float32](out[0]) {
		bits = append(bits, math.Float32bits(v))
	}
	return bits, nil
}

// compute starts a process and returns its results and what it said.
func process(t *testing.T, dir string) (bits []uint32, said string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envStore+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v: %s", err, stderr.String())
		return nil, ""
	}
	if err := json.Unmarshal(out, &bits); err != nil || len(bits) == 0 {
		t.Errorf("%q: %v", out, err)
	}
	return bits, stderr.String()
}

// pinned skips the test where another plugin than the one whose programs are kept computes.
func pinned(t *testing.T) {
	t.Helper()
	choice, err := device.Ensure(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(choice.Config, "xla:"+string(filepath.Separator)) {
		t.Skipf("programs are kept for a plugin named by its path, and %s computes", choice.Config)
	}
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.program"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no entries in the store: %v", err)
	}
	slices.Sort(found)
	return found
}

// What a process loads computes bit for bit what a fresh compilation does; what is wrong with an entry is said in a
// line, and mended.
func TestProgramsLoadInAnotherProcess(t *testing.T) {
	pinned(t)
	dir := filepath.Join(t.TempDir(), "programs")
	want, _ := process(t, "none")
	check := func(what string, hits, misses int64, lines int) {
		t.Helper()
		before, err := programs.ReadStats(dir)
		if err != nil {
			t.Fatal(err)
		}
		got, said := process(t, dir)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: not the bits of a fresh compilation:\n%s", what, diff)
		}
		after, err := programs.ReadStats(dir)
		if err != nil {
			t.Fatal(err)
		}
		if after.Hits-before.Hits != hits || after.Misses-before.Misses != misses {
			t.Errorf("%s: %d loaded, %d compiled; want %d, %d", what, after.Hits-before.Hits,
				after.Misses-before.Misses, hits, misses)
		}
		if n := strings.Count(said, "\n"); n != lines {
			t.Errorf("%s: said %q", what, said)
		}
	}
	check("an empty store", 0, 1, 0)
	check("a full one", 1, 0, 0)

	path := entries(t, dir)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	check("a damaged entry", 0, 1, 1)
	check("a mended one", 1, 0, 0)

	// Whole by its checksum, and nothing that the plugin can load: an entry of some other program's.
	store, err := programs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := programs.Save(store, strings.TrimSuffix(filepath.Base(path), ".program"),
		[]byte("foreign code")); err != nil {
		t.Fatal(err)
	}
	check("a foreign entry", 0, 1, 1)
	check("a mended one", 1, 0, 0)

	// Another machine's entry has another name.
	if err := os.Rename(path, filepath.Join(dir, strings.Repeat("0", 64)+".program")); err != nil {
		t.Fatal(err)
	}
	check("an entry of another machine", 0, 1, 0)
	if n := len(entries(t, dir)); n != 2 {
		t.Errorf("%d entries, want the other machine's and this one's", n)
	}
}

func TestProcessesShareAStore(t *testing.T) {
	pinned(t)
	dir := filepath.Join(t.TempDir(), "programs")
	want, _ := process(t, "none")
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if got, said := process(t, dir); cmp.Diff(want, got) != "" || said != "" {
				t.Errorf("two processes at once: equal %t, said %q", cmp.Equal(want, got), said)
			}
		})
	}
	all.Wait()
	if n := len(entries(t, dir)); n != 1 {
		t.Errorf("%d entries of one program", n)
	}
}
