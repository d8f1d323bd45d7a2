package rt

import (
	"context"
	"fmt"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Cell is one execution of a cell. Goroutines that it starts belong to it for as long as they live.
type Cell struct {
	ID int

	stop     chan struct{} // closed once the cell is interrupted
	stopped  atomic.Bool
	ended    atomic.Bool
	asked    atomic.Bool  // to end by itself
	graceful atomic.Int32 // so many of its calls end by themselves when it is interrupted
	failed   chan Failure // the first panic of a goroutine, or call of Exit, while the cell runs
	late     lateOutput
}

// Failure is why a cell did not end well.
type Failure struct {
	Name  string // panic, Error, Interrupted or Exit
	Value string // in one line where its maker keeps to one
	Stack string // of the goroutine that panicked
}

func (f Failure) Error() string { return f.Name + ": " + f.Value }

// state is the process's: which cells have run, and which runs now. The code of cells has no other way to reach it than
// functions without receivers.
var state struct {
	interrupts atomic.Int32 // cells that are interrupted, and may have goroutines that go on: what Check looks at first
	current    atomic.Pointer[Cell]
	labels     sync.Map // of a goroutine, as the runtime keeps them, to its *Cell
	// labels of goroutines that an interrupt ends, to when their deferred calls are no longer waited for
	leaving    sync.Map
	lateFolder string // where the pipes of cells that print after their end lie
	lateCell   func(id int)
	show       func(cell int, text string)
	settle     func()
	body       func() // of the cell whose plugin is being opened
}

// Register is called as a cell's plugin is opened, with what there is to run.
func Register(body func()) { state.body = body }

// Registered returns what Register was called with last.
func Registered() func() { return state.body }

// goroutineLabels are the labels of the goroutine, which its children inherit. The runtime offers them to profilers.
//
//go:linkname goroutineLabels runtime/pprof.runtime_getProfLabel
func goroutineLabels() unsafe.Pointer

// of returns the cell that the goroutine belongs to: that which started it, or, where that cannot be told, that which
// runs.
func of() *Cell {
	if c, ok := state.labels.Load(goroutineLabels()); ok {
		return c.(*Cell)
	}
	return state.current.Load()
}

// CellID is the number of the cell that the goroutine belongs to; 0 outside of any, as in a program.
func CellID() int {
	if c := of(); c != nil {
		return c.ID
	}
	return 0
}

// Run executes the body of a cell and waits for its end, or for patience to run out after an interrupt. leftBehind
// tells that the body goes on: it is somewhere that cannot be interrupted, and ends when it next comes to a check.
func Run(id int, body func(), patience <-chan struct{}) (failure *Failure, leftBehind bool) {
	c := &Cell{ID: id, stop: make(chan struct{}), failed: make(chan Failure, 1)}
	state.current.Store(c)
	done := make(chan *Failure, 1)
	go pprof.Do(context.Background(), pprof.Labels("cell", fmt.Sprint(id)), func(context.Context) {
		state.labels.Store(goroutineLabels(), c)
		var why *Failure
		defer func() { done <- why }()
		defer func() {
			if v := recover(); v != nil {
				why = failureOf(v)
			}
		}()
		completed := false
		defer func() {
			switch {
			case completed || why != nil:
			case c.stopped.Load():
				why = &Failure{Name: "Interrupted", Value: "the cell was interrupted"}
			default:
				why = &Failure{Name: "Exit", Value: "the cell's goroutine was ended by runtime.Goexit"}
			}
		}()
		body()
		completed = true
	})
	defer func() { c.ended.Store(true) }()
	for {
		select {
		case failure = <-done:
			return c.verdict(failure), false
		case f := <-c.failed: // of a goroutine: the cell is to end, too
			c.halt()
			select {
			case <-done:
				return f.orNone(), false
			case <-patience:
				return f.orNone(), true
			}
		case <-patience:
			Interrupt() // which may have come before the cell
			return &Failure{Name: "Interrupted", Value: "the cell was interrupted"}, true
		}
	}
}

// verdict prefers what a goroutine panicked with to what came of it.
func (c *Cell) verdict(own *Failure) *Failure {
	select {
	case f := <-c.failed:
		return f.orNone()
	default:
		return own
	}
}

// Interrupt has the running cell end at its next check; one that asked for the interrupt, after a grace. It returns
// that grace.
func Interrupt() time.Duration {
	c := state.current.Load()
	if c == nil || c.ended.Load() {
		return 0
	}
	if c.graceful.Load() > 0 && c.asked.CompareAndSwap(false, true) {
		time.AfterFunc(Grace, c.halt)
		return Grace
	}
	c.halt()
	return 0
}

func (c *Cell) halt() {
	if !c.ended.Load() && c.stopped.CompareAndSwap(false, true) {
		state.interrupts.Add(1)
		close(c.stop)
	}
}

// Check stands at the end of every pass of a loop and at the beginning of every function of a cell. It costs one
// atomic load.
func Check() {
	if state.interrupts.Load() > 0 {
		checkCell()
	}
}

func checkCell() {
	if c := of(); c != nil && c.stopped.Load() && !leaving() {
		c.leave()
	}
}

// deferredTime is how long the deferred calls of a goroutine that an interrupt ends may take before a check ends
// them, too.
const deferredTime = time.Second

// leaving tells whether the goroutine runs the deferred calls that are its last.
func leaving() bool {
	until, ok := state.leaving.Load(goroutineLabels())
	return ok && time.Now().Before(until.(time.Time))
}

// leave ends the goroutine: its deferred calls run, and nothing recovers it. A panic in its place would be caught by
// code such as fmt's, and would end the process where a library has started the goroutine.
func (c *Cell) leave() {
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("cell", fmt.Sprint(c.ID))))
	labels := goroutineLabels() // no other goroutine's
	state.labels.Store(labels, c)
	state.leaving.Store(labels, time.Now().Add(deferredTime))
	runtime.Goexit()
}

// Stopped returns a channel that is closed when the goroutine's cell is interrupted: what a cell's select statements
// and channel operations wait for besides their own.
func Stopped() <-chan struct{} {
	if c := of(); c != nil && (state.interrupts.Load() == 0 || !leaving()) {
		return c.stop
	}
	return nil
}

// Interruption ends the goroutine of a cell that heard from Stopped. It does not return; the code panics with it
// because the compiler knows that nothing follows a panic.
func Interruption() any {
	of().leave()
	return nil
}

// Recover is deferred in every goroutine that a cell starts: its panic fails the cell, or is told where the cell has
// ended, and leaves all values as they are.
func Recover() {
	v := recover()
	if v == nil {
		return
	}
	tell(*failureOf(v))
}

// tell fails the running cell, or, where it has ended, tells of the failure below it.
func tell(f Failure) {
	c := of()
	if c != nil && !c.ended.Load() {
		select {
		case c.failed <- f:
			return
		default:
		}
	}
	fmt.Fprintf(Stderr(), "a goroutine of this cell ended: %v\n%s", f, f.Stack)
}

func failureOf(v any) *Failure {
	switch v := v.(type) {
	case failed:
		return &Failure{Name: "Error", Value: v.err.Error()}
	case error:
		return &Failure{Name: "panic", Value: v.Error(), Stack: string(debug.Stack())}
	default:
		return &Failure{Name: "panic", Value: fmt.Sprint(v), Stack: string(debug.Stack())}
	}
}

// Exit ends the cell, as os.Exit would end a program, but that deferred calls run.
func Exit(code int) {
	f := Failure{Name: "Exit"}
	if code != 0 {
		f.Value = fmt.Sprintf("exit status %d", code)
	}
	c := of()
	if c == nil {
		os.Exit(code)
	}
	if code != 0 || !c.ended.Load() {
		tell(f)
	}
	c.leave()
}

// orNone is nil for the end by Exit(0).
func (f Failure) orNone() *Failure {
	if f.Name == "Exit" && f.Value == "" {
		return nil
	}
	return &f
}

// failed is the end of a cell by an error that one of its statements returned.
type failed struct{ err error }

// Must fails the cell where err is not nil. It follows a statement of the cell's top level whose call returned an
// error that the statement leaves aside.
func Must(err error) {
	if err != nil {
		panic(failed{err})
	}
}

// Fatal, Fatalf and Fatalln are log's in a cell: they end it, and nothing else.
func Fatal(a ...any)                 { log.Print(a...); Exit(1) }
func Fatalf(format string, a ...any) { log.Printf(format, a...); Exit(1) }
func Fatalln(a ...any)               { log.Println(a...); Exit(1) }

// ShowText shows a value as text below the cell.
func ShowText(v any) {
	if state.show != nil {
		state.show(CellID(), Sprintf("%+v", v))
	} else {
		Println(v)
	}
}

// ShowAll shows values that stand in a row, as a, b.
func ShowAll(values ...any) {
	var texts []string
	for _, v := range values {
		texts = append(texts, Sprintf("%+v", v))
	}
	ShowText(strings.Join(texts, " "))
}

// Settle waits until the kernel has read what was printed so far, so that what is shown next by another way comes
// after it.
func Settle() {
	if state.settle != nil {
		state.settle()
	}
}

// SetSettle tells what Settle calls.
func SetSettle(settle func()) { state.settle = settle }

// SetShow tells what ShowText calls.
func SetShow(show func(cell int, text string)) { state.show = show }

// SetLate tells where the kernel reads what cells print after their end: pipes in the folder, made by open.
func SetLate(folder string, open func(id int)) { state.lateFolder, state.lateCell = folder, open }

// lateOutput are the pipes of a cell whose goroutines outlive it.
type lateOutput struct {
	once        sync.Once
	out, errors *os.File
}
