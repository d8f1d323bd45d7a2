package live

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// firstSeed is that of the property test's first program; MAESTRO_SEED names another.
func firstSeed() uint64 {
	if seed, err := strconv.ParseUint(os.Getenv("MAESTRO_SEED"), 10, 64); err == nil {
		return seed
	}
	return 1
}

// TestCellsAreOneProgram runs random programs, each once as a part of one Go program and once cut into cells.
func TestCellsAreOneProgram(t *testing.T) {
	programs, perSession := 6, 6
	if testmode.IsLong() {
		programs = 30
		if n, err := strconv.Atoi(os.Getenv("MAESTRO_PROGRAMS")); err == nil {
			programs = n
		}
	}
	var all [][]programItem
	for i := range programs {
		seed := firstSeed() + uint64(i)
		all = append(all, generate(seed, fmt.Sprintf("q%d", i)))
	}
	want := runAsOne(t, all)
	var n *notebook
	for i, program := range all {
		if i%perSession == 0 {
			if n != nil {
				n.close()
			}
			n = newNotebook(t)
		}
		seed := firstSeed() + uint64(i)
		said, cells := "", cut(program, rand.New(rand.NewPCG(seed, 2)))
		for _, cell := range cells {
			said += n.run(cell)
		}
		if said != want[i] {
			t.Errorf("MAESTRO_SEED=%d: the cells\n%s\nsay %q\nand one program says %q", seed,
				strings.Join(cells, "\n----\n"), said, want[i])
		}
	}
}

// cut makes cells of a program: many items a cell, or few, or one.
func cut(program []programItem, r *rand.Rand) (cells []string) {
	most := []int{1, 3, 3, 8, 8, len(program)}[r.IntN(6)]
	if !testmode.IsLong() {
		most = max(most, 8) // each cell takes a while
	}
	for at := 0; at < len(program); {
		n := min(1+r.IntN(most), len(program)-at)
		if !testmode.IsLong() {
			n = min(most, len(program)-at)
		}
		var lines []string
		for _, it := range program[at : at+n] {
			lines = append(lines, it.text)
		}
		cells = append(cells, strings.Join(lines, "\n")+"\n_ = 0") // nothing is shown
		at += n
	}
	return cells
}

// runAsOne runs programs as functions of one Go program and returns what each prints.
func runAsOne(t *testing.T, programs [][]programItem) []string {
	t.Helper()
	const between = "\x00"
	var declarations, body strings.Builder
	for i, program := range programs {
		fmt.Fprintf(&body, "func program%d() {\n", i)
		for _, it := range program {
			if it.declaration {
				declarations.WriteString(it.text + "\n\n")
			} else {
				body.WriteString(it.text + "\n" + used(it.text))
			}
		}
		body.WriteString("}\n\n")
	}
	body.WriteString("func main() {\n")
	for i := range programs {
		fmt.Fprintf(&body, "program%d()\nfmt.Print(%q)\n", i, between)
	}
	body.WriteString("}\n")
	file := filepath.Join(t.TempDir(), "main.go")
	source := "package main\n\nimport (\n\"fmt\"\n\"sync\"\n)\n\nvar _ sync.Mutex\n\n" + declarations.String() +
		body.String()
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "run", file).CombinedOutput()
	if err != nil {
		t.Fatalf("the program is wrong: %v\n%s", err, out)
	}
	return strings.Split(string(out), between)
}

// used has a function use the variables that a statement of it declares.
func used(statement string) (uses string) {
	names, _, defines := strings.Cut(strings.SplitN(statement, "\n", 2)[0], " := ")
	if rest, ok := strings.CutPrefix(statement, "var "); ok {
		names, defines = strings.Fields(rest)[0], true
	}
	if defines && !strings.ContainsAny(names, " (){") || defines && strings.Contains(names, ", ") &&
		!strings.ContainsAny(names, "(){:") && !strings.HasPrefix(names, "if ") && !strings.HasPrefix(names, "for ") {
		for _, name := range strings.Split(names, ", ") {
			uses += "_ = " + name + "\n"
		}
	}
	return uses
}
