package live

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

func TestInterrupts(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	n.check([]step{
		{"ch := make(chan int)\nvar mu sync.Mutex\nkept := 7", ""},
		{"<-ch // INTERRUPT", interrupted},
		{"v, ok := <-ch // INTERRUPT", interrupted},
		{"ch <- 4 // INTERRUPT", interrupted},
		{"for range ch { // INTERRUPT\n}", interrupted},
		{"for { // INTERRUPT\n}", interrupted},
		{"select {} // INTERRUPT", interrupted},
		{"select { // INTERRUPT\ncase ch <- 1:\ncase <-ch:\n}", interrupted},
		{"time.Sleep(time.Hour) // INTERRUPT", interrupted},
		{"func nested(n int) int {\n\tif n > 0 {\n\t\treturn nested(n-1)\n\t}\n\tfor {\n\t}\n}\nfor i := range 3 { " +
			"// INTERRUPT\n\tnested(i)\n}", interrupted},
		// What is deferred runs, whatever it calls; and nothing recovers from an interrupt.
		{"func unlock() {\n\tfor range 2 {\n\t}\n\tmu.Unlock()\n}\nmu.Lock()\ndefer func() { unlock() }()\nfor { // " +
			"INTERRUPT\n}", interrupted},
		{"mu.Lock()\nmu.Unlock()\nfunc safe() {\n\tdefer func() { fmt.Print(recover()) }()\n\tfor {\n\t}\n}\nfor { " +
			"// INTERRUPT\n\tsafe()\n}", "<nil>" + interrupted},
		{"type slow struct{}\nfunc (slow) String() string {\n\tfor { // INTERRUPT\n\t}\n}\nfmt.Println(slow{})",
			interrupted},
		// A deferred call that does not end is no longer waited for.
		{"defer func() {\n\tfor {\n\t}\n}()\nfor { // INTERRUPT\n}", interrupted},
		{"var wg sync.WaitGroup\nwg.Go(func() {\n\tfor { // INTERRUPT\n\t}\n})\nwg.Wait()", ""},
		{"kept", "=7\n"},
	}...)
}

func TestExitsAndPanics(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	n.check([]step{
		{"kept := 7\nvar wg sync.WaitGroup", ""},
		{"os.Exit(3)", "!Exit: exit status 3"},
		{"os.Exit(0)\nfmt.Println(\"not here\")", ""},
		{"defer fmt.Println(\"deferred\")\nfunc() {\n\tdefer func() { recover() " +
			"}()\n\tos.Exit(2)\n}()\nfmt.Println(\"not here\")", "deferred\n!Exit: exit status 2"},
		{"go func() { os.Exit(0) }()\ntime.Sleep(time.Minute)\nfmt.Println(\"not here\")", ""},
		{"go os.Exit(4)\ntime.Sleep(time.Minute)", "!Exit: exit status 4"},
		{"go func() { panic(\"in a goroutine\") }()\ntime.Sleep(time.Minute)", "!panic: in a goroutine"},
		{"func worker(of string) { panic(\"in \" + of) }\ngo worker(\"a function\")\ntime.Sleep(time.Minute)",
			"!panic: in a function"},
		{"wg.Go(func() { panic(\"in a group\") })\ntime.Sleep(time.Minute)", "!panic: in a group"},
		{"func work() { panic(\"in a group's function\") }\nwg.Go(work)\ntime.Sleep(time.Minute)",
			"!panic: in a group's function"},
		{"time.AfterFunc(time.Millisecond, func() { panic(\"in a timer\") })\ntime.Sleep(time.Minute)",
			"!panic: in a timer"},
		{"type row struct{ n int }\npanic(fmt.Errorf(\"%+v\", row{1}))", "!panic: {n:1}"},
		{"kept", "=7\n"},
		{"func deep(n int) int {\n\tvar m map[string]int\n\tif n == 0 {\n\t\tm[\"a\"]++\n\t}\n\treturn deep(n - 1)\n}",
			""},
		{"fmt.Println(\"go\")\ndeep(2)", "go\n!panic: assignment to entry in nil map"},
	}...)
	for _, place := range []string{fmt.Sprintf("cell[%d]:4 ", n.count-1), fmt.Sprintf("cell[%d]:6 ", n.count-1),
		fmt.Sprintf("cell[%d]:2 ", n.count)} {
		if !strings.Contains(n.stack, place) {
			t.Errorf("the stack does not mention %s:\n%s", place, n.stack)
		}
	}
	if strings.Contains(n.stack, mark) {
		t.Errorf("marks in the stack:\n%s", n.stack)
	}
}

// TestManyEnds ends a cell again and again: by interrupts at any moment, and by panics of goroutines.
func TestManyEnds(t *testing.T) {
	t.Parallel()
	times := 5
	if testmode.IsLong() {
		times = 100
	}
	n := newNotebook(t)
	n.check(step{"sum, m := 0, map[int]int{}\nvar mu sync.Mutex\nfunc add(i int) { mu.Lock(); defer mu.Unlock(); " +
		"m[i%10]++; sum++ }", ""})
	const forever = "// INTERRUPT\nfor i := 0; ; i++ {\n\tadd(i)\n\tfunc() { defer func() { recover() }(); _ = " +
		"fmt.Sprint(m[i%10]) }()\n}"
	for i := range times {
		n.delay = time.Duration(i*7919%150) * time.Millisecond
		if got := n.run(forever); got != interrupted {
			t.Fatalf("the cell says %q", got)
		}
		if got := n.run("go func() { panic(\"again\") }()\ntime.Sleep(time.Minute)"); got != "!panic: again" {
			t.Fatalf("the cell says %q", got)
		}
	}
	n.check(step{"total := 0\nfor _, c := range m { total += c }\nmu.Lock()\nmu.Unlock()\ntotal == sum, len(m)",
		"=true 10\n"})
}
