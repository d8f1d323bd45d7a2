package programs

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestKeyDependsOnWhatCodeDependsOn(t *testing.T) {
	const program = "module @Graph_17 {\n  func.func @main() { return }\n}\n"
	keys := map[string]string{}
	for name, k := range map[string]string{
		"itself":                              key([]byte(program), []byte("o"), "w"),
		"another program":                     key([]byte(program+" "), []byte("o"), "w"),
		"other options":                       key([]byte(program), []byte("p"), "w"),
		"another machine":                     key([]byte(program), []byte("o"), "v"),
		"parts that run together to the same": key([]byte(program), []byte("ow"), ""),
	} {
		if same, ok := keys[k]; ok {
			t.Errorf("%s and %s have one key", name, same)
		}
		keys[k] = name
	}
	renamed := "module @Graph_4 {\n  func.func @main() { return }\n}\n"
	if keys[key([]byte(renamed), []byte("o"), "w")] != "itself" {
		t.Error("the same program under another name has another key")
	}
}

func TestSurroundings(t *testing.T) {
	t.Setenv("XLA_FLAGS", "--xla_a=1 --xla_dump_to=/tmp/x  --xla_b=2")
	base := surroundings("p", 1, "cpu")
	t.Setenv("XLA_FLAGS", "--xla_a=1 --xla_b=2 --xla_dump_hlo_as_text")
	if surroundings("p", 0, "cpu") != base {
		t.Error("dumping, or no number of devices for one, changes the key")
	}
	for _, other := range []string{surroundings("q", 1, "cpu"), surroundings("p", 2, "cpu"),
		surroundings("p", 1, "gpu")} {
		if other == base {
			t.Errorf("another machine has the same key:\n%s", other)
		}
	}
	t.Setenv("XLA_FLAGS", "--xla_a=2 --xla_b=2")
	if surroundings("p", 1, "cpu") == base {
		t.Error("another flag has the same key")
	}
}

func TestProcessor(t *testing.T) {
	const one = "processor\t: 0\nvendor_id\t: X\nmodel name\t: Y\ncpu MHz\t\t: 2000\nflags\t\t: sse avx\n\n"
	const two = "processor\t: 0\nvendor_id\t: X\nmodel name\t: Y\ncpu MHz\t\t: 3100\nflags\t\t: avx " +
		"sse\n\nprocessor\t: 1\nflags: none\n"
	const third = "processor\t: 0\nvendor_id\t: X\nmodel name\t: Y\nflags\t\t: sse avx avx512f\n\n"
	if a, b := describeProcessor(one), describeProcessor(two); a != b {
		t.Errorf("one processor, described as\n%s\n%s", a, b)
	}
	if describeProcessor(one) == describeProcessor(third) {
		t.Error("a processor with more instructions is described as one without them")
	}
}

// A plugin that was replaced under its name has another checksum, also where the first one's is remembered.
func TestChecksumOfAPlugin(t *testing.T) {
	s, path := open(t), filepath.Join(t.TempDir(), "plugin.so")
	write := func(text string, when time.Time) string {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		sum, err := s.checksum(path)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	now := time.Now()
	first := write("one", now)
	if again := write("one", now); again != first {
		t.Error("one file has two checksums")
	}
	if touched := write("one", now.Add(time.Second)); touched != first {
		t.Error("the checksum is not of the content")
	}
	if write("two", now.Add(2*time.Second)) == first || write("three", now) == first {
		t.Error("another plugin has the same checksum")
	}
}
