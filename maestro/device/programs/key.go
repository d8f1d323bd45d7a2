package programs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// keyVersion changes when the meaning of a key or the form of an entry does.
const keyVersion = "1"

// moduleName is the name that a program carries. GoMLX numbers its programs within a process, and the code does not
// depend on the number.
var moduleName = regexp.MustCompile(`^module @[\w.$-]+`)

// key names the entry of a program: StableHLO text with the serialised CompileOptionsProto, on what `where` describes.
func key(program, options []byte, where string) string {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(keyVersion), moduleName.ReplaceAll(program, []byte("module")), options,
		[]byte(where)} {
		writePart(h, part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// writePart hashes a part with its length, so that two lists of parts never run together to the same bytes.
func writePart(h hash.Hash, part []byte) {
	fmt.Fprintf(h, "%d:", len(part))
	h.Write(part)
}

// surroundings are what compiled code depends on beside the program and its options. XLA divides work among as many
// threads as the process has processors, so their number belongs to it.
func surroundings(plugin string, devices int, processor string) string {
	return strings.Join([]string{
		"plugin " + plugin,
		fmt.Sprintf("devices %d", max(1, devices)),
		"flags " + codeFlags(os.Getenv("XLA_FLAGS")),
		fmt.Sprintf("processors %d", runtime.NumCPU()),
		"processor " + processor,
	}, "\n")
}

// codeFlags are the XLA flags that change code: all but those that only say where and what to dump. Their order is
// kept, since of two settings of a flag the last one counts.
func codeFlags(flags string) string {
	fields := slices.DeleteFunc(strings.Fields(flags),
		func(f string) bool { return strings.HasPrefix(f, "--xla_dump") })
	return strings.Join(fields, " ")
}

// processor describes the instruction set that this machine's compiled code may use.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOOS + "/" + runtime.GOARCH
	}
	return describeProcessor(string(text))
}

// describeProcessor takes the model and the features of the first processor out of Linux's /proc/cpuinfo.
func describeProcessor(cpuinfo string) string {
	first, _, _ := strings.Cut(cpuinfo, "\n\n")
	var kept []string
	for line := range strings.Lines(first) {
		name, value, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(name) {
		case "vendor_id", "cpu family", "model", "model name", "stepping":
			kept = append(kept, strings.TrimSpace(value))
		case "flags", "Features": // x86 and Arm
			features := strings.Fields(value)
			slices.Sort(features)
			kept = append(kept, strings.Join(features, " "))
		}
	}
	return runtime.GOARCH + " " + strings.Join(kept, "; ")
}

// checksum is the SHA-256 of a plugin file. It is kept beside the entries under the file's size and time of change,
// since to read 200 MB takes longer than to load a program.
func (s *Store) checksum(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	writePart(h, fmt.Appendf(nil, "%s %d %d", path, info.Size(), info.ModTime().UnixNano()))
	memo := filepath.Join(s.dir, "plugin-"+hex.EncodeToString(h.Sum(nil))[:16])
	if sum, err := os.ReadFile(memo); err == nil && len(sum) == 2*sha256.Size {
		return string(sum), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h.Reset()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	_ = put(memo, []byte(sum)) // a folder that cannot be written only costs the time again
	return sum, nil
}
