package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/kernel/live/wire"
)

// notebook runs cells one after another and keeps what they say.
type notebook struct {
	t       *testing.T
	session *Session
	count   int
	stack   string        // of the last panic
	delay   time.Duration // of the interrupt of a cell that has the word INTERRUPT in it
}

// testCache has the program that this package's cells live in: a process's tests link it once.
var testCache string

func TestMain(m *testing.M) {
	var err error
	if testCache, err = os.MkdirTemp("", "cells-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(testCache)
	os.Exit(code)
}

// testSettings are those of a session whose cells import little. What else a test imports is compiled for it, in a form
// that nothing else uses.
func testSettings(t *testing.T) Settings {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return Settings{Root: root, Cache: testCache, Folder: t.TempDir(), WorkDir: t.TempDir(), Environ: os.Environ(),
		Patience: 500 * time.Millisecond,
		Libraries: []string{"fmt", "strings", "sort", "errors", "os", "time", "sync", "math", "log", "encoding/json",
			"embed",
			"math/rand", "math/rand/v2", "maps", "slices", runtimePath, cellPath}}
}

// newNotebook opens a session whose cells import the parts of the standard library that tests use.
func newNotebook(t *testing.T) *notebook {
	t.Helper()
	return openNotebook(t, testSettings(t))
}

func openNotebook(t *testing.T, settings Settings) *notebook {
	t.Helper()
	s, err := New(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	n := &notebook{t: t, session: s, delay: 200 * time.Millisecond}
	t.Cleanup(n.close)
	return n
}

// close ends the session's process.
func (n *notebook) close() {
	if n.session.process == nil {
		return
	}
	n.session.Kill()
	for e := range n.session.Events() {
		if e.Ended {
			break
		}
	}
	n.session.Reset()
}

// run runs a cell and returns what it printed and showed, with its error behind it if it failed.
func (n *notebook) run(code string) string {
	n.t.Helper()
	said, err := n.try(code)
	if err != nil {
		said += "!" + err.Error()
	}
	return said
}

func (n *notebook) try(code string) (string, error) {
	n.count++
	ctx, cancel := context.WithTimeout(n.t.Context(), 2*time.Minute)
	defer cancel()
	c, err := n.session.Compile(ctx, n.count, Split(code))
	if err != nil || c == nil {
		return "", err
	}
	if err := n.session.Start(c, ""); err != nil {
		return "", err
	}
	if strings.Contains(code, "INTERRUPT") {
		defer time.AfterFunc(n.delay, n.session.Interrupt).Stop()
	}
	var said strings.Builder
	for {
		select {
		case e := <-n.session.Events():
			switch {
			case e.Stream != "":
				said.WriteString(e.Text)
			case e.Ended:
				n.session.Reset()
				return said.String(), errors.New("the process has ended: " + e.Reason)
			case e.Kind == wire.Show:
				said.WriteString("=" + e.Text + "\n")
			case e.Kind == wire.Done:
				if e.Failure != nil {
					n.stack = e.Failure.Stack
					return said.String(), fmt.Errorf("%s: %s", e.Failure.Name, e.Failure.Value)
				}
				return said.String(), nil
			}
		case <-ctx.Done():
			n.t.Fatalf("the cell did not end:\n%s\nit said %q", code, said.String())
		}
	}
}

// plugins are the files of the cells so far.
func (n *notebook) plugins() []string {
	found, err := filepath.Glob(filepath.Join(n.session.settings.Folder, "units", "*.so"))
	if err != nil || len(found) == 0 {
		n.t.Fatalf("no cell has a plugin: %v", err)
	}
	return found
}

// step is a cell, and what it is to print and show, with its error behind it after a "!" if it is to fail.
type step struct{ code, want string }

// check runs cells one after another.
func (n *notebook) check(steps ...step) {
	n.t.Helper()
	for _, s := range steps {
		if got := n.run(s.code); got != s.want {
			n.t.Errorf("cell %d:\n%s\nsays %q, want %q", n.count, s.code, got, s.want)
		}
	}
}

const interrupted = "!Interrupted: the cell was interrupted"

func TestCells(t *testing.T) {
	n := newNotebook(t)
	for i, step := range []struct{ code, want string }{
		{`fmt.Println("hi")`, "hi\n"},
		{`x := 3`, ""},
		{`1+1`, "=2\n"},
		{`x`, "=3\n"},
		{"type row struct{ name string; n int }\nfunc (r row) twice() int { return 2*r.n }\nrows := []row{{\"a\", " +
			"1}, {name: \"b\", n: 2}}", ""},
		{"rows[1].twice() + rows[0].n", "=5\n"},
		{"fmt.Printf(\"%+v %T\\n\", rows[0], rows[0])", "{name:a n:1} notebook.row\n"},
		{"func area(w, h int) int { return w*h }", ""},
		{"area(x, 4)", "=12\n"},
		{"x = 5\narea(x, 4)", "=20\n"},
		{"func twoAreas() int { return 2*area(x, 1) }\ntwoAreas()", "=10\n"},
		{"func area(w, h int) int { return -w*h }\ntwoAreas()", "=-10\n"},
		{"x := 7", ""},
		{"twoAreas()", "=-14\n"},
		{"x := \"now a string\"", ""},
		{"x", "=now a string\n"},
		{"twoAreas()", "=-14\n"},
		{"counter := 0\nnext := func() int { counter++; return counter }", ""},
		{"next()\nnext()", "=2\n"},
		{"counter", "=2\n"},
		{"import \"strconv\"\nn, err := strconv.Atoi(\"12\")", ""},
		{"n, err", "=12 <nil>\n"},
		{"m := strconv.Atoi(\"x\")", "!Error: strconv.Atoi: parsing \"x\": invalid syntax"},
		{"strconv.Atoi(\"17\")", "=17\n"},
		{"strconv.Atoi(\"y\")\nfmt.Println(1)", "!Error: strconv.Atoi: parsing \"y\": invalid syntax"},
		{"k := strconv.Atoi(\"41\")\nk + 1", "=42\n"},
		{"panic(\"no\")", "!panic: no"},
		{"var p *row\np.n", "!panic: runtime error: invalid memory address or nil pointer dereference"},
		{"k", "=41\n"},
		{"y := undefinedName + 1", "!cell [30]:1:6: undefined: undefinedName"},
		{"fmt.Println(rows[0].nme)", "!cell [31]:1:21: rows[0].nme undefined (type row has no field or method nme)"},
		{"const (\nSmall = iota\nMiddle\nLarge\n)", ""},
		{"Small, Middle, Large", "=0 1 2\n"},
		{"const (\nTiny = iota\nMiddle\nLarge\n)\nfmt.Println(Tiny, Middle, Large)", "0 1 2\n"},
		{"type list[T any] struct { items []T }\nfunc (l *list[T]) add(v T) { l.items = append(l.items, v) }\nfunc " +
			"mapped[T, U any](l *list[T], f func(T) U) []U {\n\tvar out []U\n\tfor _, v := range l.items {\n\t\tout " +
			"= append(out, f(v))\n\t}\n\treturn out\n}", ""},
		{"l := &list[int]{}\nl.add(4)\nl.add(5)\nlen(mapped(l, func(i int) string { return fmt.Sprint(i*i) }))",
			"=2\n"},
		{"fmt.Println(mapped(l, func(i int) string { return fmt.Sprint(i*i) }))", "[16 25]\n"},
		{"text := `raw\n!touch marker\n% ranks\n`\nfmt.Print(text)", "raw\n!touch marker\n% ranks\n"},
		{"func main() { fmt.Println(\"main runs\") }", "main runs\n"},
		{"%%\nfmt.Println(\"after\")", "after\n"},
		{"for i := range 3 { fmt.Print(i, \" \") }", "0 1 2 "},
		{"import (\n\"math/rand\"\n)\nrand.Intn(1)", "=0\n"},
		{"import \"math/rand/v2\"\nrand.IntN(1)", "=0\n"},
		{"type shape interface{ area() float64 }\ntype square struct{ side float64 }\nfunc (s square) area() " +
			"float64 { return s.side*s.side }\nvar s shape = square{3}", ""},
		{"s.area()", "=9\n"},
		{"type circle struct{ r float64 }\nfunc (c circle) area() float64 { return 3*c.r*c.r }\nvar all = " +
			"[]shape{s, circle{1}}\nfor _, one := range all { fmt.Println(one.area()) }", "9\n3\n"},
		{"var a, b = 1, 2\na, b = b, a\nfmt.Println(a, b)", "2 1\n"},
		{"func (s square) double() square { return square{2*s.side} }\nsquare{1}.double().area()", "=4\n"},
		{"s = square{1}\ns.area()", "=1\n"},
		{"os.Exit(3)", "!Exit: exit status 3"},
		{"done := make(chan int)\ngo func() { done <- 7 }()\n<-done", "=7\n"},
		{"func send(c chan int, v int) { c <- v }\ngo send(done, 8)\n<-done", "=8\n"},
		{"go func() { panic(\"in a goroutine\") }()\ntime.Sleep(10*time.Second)", "!panic: in a goroutine"},
		{"counter", "=2\n"},
		{"type pair struct{ row; extra int }\nq := pair{rows[0], 3}\nq.name + fmt.Sprint(q.row.n, q.twice())",
			"=a1 2\n"},
		{"q.row.name", "=a\n"},
		{"defer fmt.Println(\"deferred\")\nfmt.Println(\"first\")", "first\ndeferred\n"},
		{"if counter == 2 {\n\tfmt.Println(\"left\")\n\treturn\n}\nfmt.Println(\"not here\")", "left\n"},
		{"b1, _ := json.Marshal(struct{ A int; b int }{1, 2})\nstring(b1)", "={\"A\":1}\n"},
		{"type row struct{ name string; n, m int }\nfunc show(r row) { fmt.Println(r) }\nshow(rows[0])",
			"!cell [60]:3:6: cannot use rows[0] (variable of struct type row of cell [5]) as row value in argument " +
				"to show" +
				"; cell [60] declares row anew: run the cells that made values of the old one again"},
		{"for {\n}\n", "!Interrupted: the cell was interrupted"},
	} {
		if step.code == "for {\n}\n" {
			stop := make(chan struct{})
			defer close(stop)
			go func() { // the cell may still be compiled
				for {
					select {
					case <-time.After(300 * time.Millisecond):
						n.session.Interrupt()
					case <-stop:
						return
					}
				}
			}()
		}
		if got := n.run(step.code); got != step.want {
			t.Errorf("cell %d:\n%s\nsays %q, want %q", i+1, step.code, got, step.want)
		}
	}
}
