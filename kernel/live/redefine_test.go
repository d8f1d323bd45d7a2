package live

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

func TestDeclaredAnew(t *testing.T) {
	t.Parallel()
	newNotebook(t).check([]step{
		{"func f(a int) string { return \"int 1\" }\nfunc caller() string { return f(1) }\ncaller()", "=int 1\n"},
		{"func f(a string) string { return \"text\" }\ncaller()", "=int 1\n"},
		{"func f(a int) string { return \"int 2\" }\ncaller()", "=int 2\n"},
		{"func g(int) string { return \"g1\" }\nfunc h(_ int, b int) int { return b }\nfunc v(string, ...int) " +
			"string { return \"v1\" }\n" +
			"func all() string { return g(1) + fmt.Sprint(h(1, 2)) + v(\"x\", 3) }\nall()", "=g12v1\n"},
		{"func g(int) string { return \"g2\" }\nfunc h(_ int, b int) int { return -b }\nfunc v(a string, xs ...int) " +
			"string { return fmt.Sprint(a, xs) }\nall()", "=g2-2x[3]\n"},
		{"func isEven(n int) bool { return n == 0 || isOdd(n-1) }\nfunc isOdd(n int) bool { return n != 0 && " +
			"isEven(n-1) }\nisEven(10)", "=true\n"},
		{"func isOdd(n int) bool { return false }\nisEven(10)", "=false\n"},
		{"x := 1\nfunc getX() int { return x }", ""},
		{"x := \"s\"\ngetX()", "=1\n"},
		{"x := fmt.Sprint(x, 2)\nx, getX()", "=s2 1\n"},
		{"x, y := 3, x\nx, y", "=3 s2\n"},
	}...)
}

// TestRandomRedefinitions has functions and variables declared anew and cells run again in a random order: what a
// caller of an earlier cell then sees is computed here.
func TestRandomRedefinitions(t *testing.T) {
	t.Parallel()
	rounds := 6
	if testmode.IsLong() {
		rounds = 150
	}
	seed := firstSeed()
	r := rand.New(rand.NewPCG(seed, 3))
	n := newNotebook(t)
	n.check(step{"func step(a int) int { return a + 1 }\nvar base int = 10\nlocal := 100", ""},
		step{"func total(a int) int { return step(a) + base + local }\nkept := func() int { return total(0) }", ""})
	by, base, local := 1, 10, 100
	type change struct {
		code string
		does func()
	}
	var history []change
	for range rounds {
		k := r.IntN(1000)
		changes := []change{
			{fmt.Sprintf("func step(a int) int { return a + %d }", k), func() { by = k }},
			{fmt.Sprintf("var base int = %d", k), func() { base = k }},
			{fmt.Sprintf("local := %d", k), func() { local = k }},
			{"local, base = base, local", func() { local, base = base, local }},
			{fmt.Sprintf("func step(b int) (c int) {\n\tc = b + %d\n\treturn\n}\nvar base = %d", k, k),
				func() { by, base = k, k }},
		}
		now := changes[r.IntN(len(changes))]
		if len(history) > 0 && r.IntN(3) == 0 {
			now = history[r.IntN(len(history))]
		}
		history = append(history, now)
		now.does()
		n.check(step{now.code, ""}, step{"fmt.Println(total(0), kept())", fmt.Sprintf("%[1]d %[1]d\n", by+base+local)})
		if t.Failed() {
			t.Fatalf("MAESTRO_SEED=%d", seed)
		}
	}
}
