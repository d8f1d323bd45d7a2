// Command host is the process that the cells of a notebook live in. The kernel starts it, hands it plugins to open
// and run, and reads what they say. It is small: what cells import comes with their plugins.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"plugin"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/maestro-lod/notebook/kernel/live/rt"
	"github.com/maestro-lod/notebook/kernel/live/wire"
)

// host is the process's end of the two pipes to the kernel.
type host struct {
	mu     sync.Mutex
	order  sync.Mutex // of marks in the outputs and the events that they are for
	events *json.Encoder
	bodies map[string]func() // of plugins that are open, by path
	stop   chan struct{}     // closed when the running cell is no longer to be waited for
	stopMu sync.Mutex

	questions atomic.Int64 // of settle
	unsettled sync.Map     // by number, chan struct{}
}

func main() {
	commands := os.NewFile(wire.CommandsFD, "commands")
	events := os.NewFile(wire.EventsFD, "events")
	syscall.CloseOnExec(wire.CommandsFD)
	syscall.CloseOnExec(wire.EventsFD)
	h := &host{events: json.NewEncoder(events), bodies: map[string]func(){}}
	rt.SetShow(func(cell int, text string) { h.tellAfterOutput(wire.Event{Kind: wire.Show, Cell: cell, Text: text}) })
	rt.SetSettle(h.settle)
	rt.SetLate(os.Getenv(wire.EnvFolder), func(cell int) { h.tell(wire.Event{Kind: wire.Late, Cell: cell}) })
	// An interrupt ends cells, by way of a command, and what has asked for the signal; never the process.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	h.tell(wire.Event{Kind: wire.Ready})
	lines := bufio.NewScanner(commands)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var c wire.Command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			fmt.Fprintln(os.Stderr, "the kernel sent what is no command:", err)
			continue
		}
		h.obey(c)
	}
	// The kernel has gone.
}

func (h *host) tell(e wire.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = h.events.Encode(e) // where the kernel has gone, nobody hears it
}

func (h *host) obey(c wire.Command) {
	switch c.Do {
	case wire.Run:
		h.stopMu.Lock()
		h.stop = make(chan struct{})
		stop := h.stop
		h.stopMu.Unlock()
		go h.run(c, stop)
	case wire.Interrupt:
		grace := rt.Interrupt()
		_ = syscall.Kill(os.Getpid(), syscall.SIGINT) // for what has asked for it, such as cell.Context
		h.stopMu.Lock()
		stop := h.stop
		h.stop = nil
		h.stopMu.Unlock()
		if stop != nil {
			time.AfterFunc(grace+time.Duration(c.Patience)*time.Millisecond, func() { close(stop) })
		}
	case wire.Settled:
		if waiting, ok := h.unsettled.LoadAndDelete(c.Cell); ok {
			close(waiting.(chan struct{}))
		}
	case wire.Setenv:
		_ = os.Setenv(c.Name, c.Value)
	case wire.Chdir:
		_ = os.Chdir(c.Value)
	case wire.Sizes:
		h.tell(wire.Event{Kind: wire.Sizes, Sizes: rt.Sizes(), Memory: memory()})
	case wire.Forget:
		rt.Forget(c.Name, c.Unit)
		debug.FreeOSMemory()
	}
}

// run executes a cell and tells of its end, after all that it has printed.
func (h *host) run(c wire.Command, stop chan struct{}) {
	os.Args = append(os.Args[:1:1], c.Args...)
	standardInput(c.Stdin)
	began, opened := time.Now(), 0.0
	failure, left := rt.Run(c.Cell, func() {
		body := h.body(c.Plugin)
		opened = milliseconds(began)
		body()
	}, stop)
	ran := milliseconds(began)
	e := wire.Event{Kind: wire.Done, Cell: c.Cell, Left: left, Opened: opened, Ran: ran, Memory: memory()}
	if failure != nil {
		e.Failure = &wire.Failure{Name: failure.Name, Value: failure.Value, Stack: failure.Stack}
	}
	h.tellAfterOutput(e)
}

// tellAfterOutput marks in both outputs what the kernel is to read of them before it passes the event on.
func (h *host) tellAfterOutput(e wire.Event) {
	h.order.Lock()
	defer h.order.Unlock()
	if mark := os.Getenv(wire.EnvMark); mark != "" {
		end := wire.EndMark(mark, e.Cell)
		_, _ = os.Stdout.WriteString(end)
		_, _ = os.Stderr.WriteString(end)
	}
	h.tell(e)
}

// settle waits for the kernel to have read what was printed.
func (h *host) settle() {
	number, waiting := int(h.questions.Add(1)), make(chan struct{})
	h.unsettled.Store(number, waiting)
	h.tellAfterOutput(wire.Event{Kind: wire.Settle, Cell: number})
	select {
	case <-waiting:
	case <-time.After(2 * time.Second): // a cell may have closed its output
	}
}

// body opens a plugin, or finds it open.
func (h *host) body(path string) func() {
	if body := h.bodies[path]; body != nil {
		return body
	}
	if _, err := plugin.Open(path); err != nil {
		panic(fmt.Errorf("the cell cannot be loaded: %s", openError(err)))
	}
	h.bodies[path] = rt.Registered()
	return h.bodies[path]
}

// openError is what the dynamic linker says, without the plugin's path.
func openError(err error) string {
	if _, symbol, ok := strings.Cut(err.Error(), "undefined symbol: "); ok {
		return symbol + " is not in the process, where it should be; please report the cell"
	}
	return err.Error()
}

// standardInput has the process read from the file; from nothing where there is none.
func standardInput(path string) {
	if path == "" {
		path = os.DevNull
	}
	file, err := os.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return
	}
	_ = syscall.SetNonblock(int(file.Fd()), false)
	_ = syscall.Dup3(int(file.Fd()), 0, 0)
	_ = file.Close()
}

// memory is how many bytes of the process are resident; 0 where the system does not say.
func memory() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.Sys)
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

func milliseconds(since time.Time) float64 { return float64(time.Since(since).Microseconds()) / 1e3 }
