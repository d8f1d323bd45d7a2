package live

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/maestro-lod/notebook/kernel/live/wire"
)

// Event is what a host says: Output where Stream is not empty, a Display, or one of package wire's.
type Event struct {
	wire.Event
	Stream  string // stdout or stderr, of Text
	Display *protocol.DisplayData
	Ended   bool   // the process has gone
	Reason  string // why it has
}

// process is a host that runs.
type process struct {
	cmd      *exec.Cmd
	folder   string // of its pipes
	commands *json.Encoder
	pipe     io.Closer
	mark     string

	out      chan Event
	replies  chan *protocol.CommValue // to gonbui
	mu       sync.Mutex               // of the commands, and of what follows
	listens  map[string]bool          // addresses that cells listen at
	current  int                      // the cell that runs, or ran last
	finished sync.WaitGroup           // readers of the process's outputs
}

// startHost starts the program with its pipes in the folder.
func startHost(program, folder, workDir string, environ []string) (*process, error) {
	p := &process{folder: folder, mark: rand.Text(), out: make(chan Event, 256), replies: make(chan *protocol.CommValue,
		128), listens: map[string]bool{}}
	toCell, fromCell := filepath.Join(folder, "to-cells"), filepath.Join(folder, "from-cells")
	for _, path := range []string{toCell, fromCell} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			return nil, fmt.Errorf("making a pipe for cells: %w", err)
		}
	}
	commandsRead, commandsWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	eventsRead, eventsWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.cmd = exec.Command(program)
	p.cmd.Dir = workDir
	p.cmd.Env = append(append([]string{}, environ...), wire.EnvFolder+"="+folder, wire.EnvMark+"="+p.mark,
		protocol.GONB_PIPE_ENV+"="+fromCell, protocol.GONB_PIPE_BACK_ENV+"="+toCell)
	p.cmd.ExtraFiles = []*os.File{commandsRead, eventsWrite}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var outputs [2]*os.File
	for i, to := range []*io.Writer{&p.cmd.Stdout, &p.cmd.Stderr} {
		read, write, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		*to, outputs[i] = write, read
		defer write.Close()
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the process that cells live in: %w", err)
	}
	_ = commandsRead.Close()
	_ = eventsWrite.Close()
	p.commands, p.pipe = json.NewEncoder(commandsWrite), commandsWrite
	ends := [2]chan int{make(chan int, 64), make(chan int, 64)} // marks of the two outputs
	for i, stream := range []string{"stdout", "stderr"} {
		p.finished.Add(1)
		go p.readOutput(outputs[i], stream, ends[i])
	}
	p.finished.Add(1)
	go p.readEvents(eventsRead, ends)
	go p.readDisplays(fromCell)
	go p.writeReplies(toCell)
	go p.wait()
	return p, nil
}

func (p *process) send(c wire.Command) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.commands.Encode(c) // to a process that has gone: another event tells of that
}

// wait tells of the process's end after all that it said.
func (p *process) wait() {
	err := p.cmd.Wait()
	p.finished.Wait()
	reason := "it ended"
	if err != nil {
		reason = err.Error()
	}
	p.out <- Event{Ended: true, Reason: reason}
	_ = p.pipe.Close()
}

// end kills the process, if it runs.
func (p *process) end() { _ = p.cmd.Process.Kill() }

// readEvents passes events on; those that the host marks the outputs for once all of the output before them is there.
func (p *process) readEvents(r io.ReadCloser, ends [2]chan int) {
	defer p.finished.Done()
	defer r.Close()
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var e wire.Event
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		e.Text = Unmark(e.Text)
		if e.Failure != nil {
			e.Failure.Value, e.Failure.Stack = Unmark(e.Failure.Value), Unmark(e.Failure.Stack)
		}
		switch e.Kind {
		case wire.Done, wire.Show, wire.Settle:
			patience := time.After(2 * time.Second) // a cell may have closed its output
			for _, end := range ends {
				select {
				case <-end:
				case <-patience:
				}
			}
		case wire.Late:
			for _, stream := range []string{"stdout", "stderr"} {
				go p.readLate(e.Cell, stream)
			}
			continue
		}
		if e.Kind == wire.Settle {
			p.send(wire.Command{Do: wire.Settled, Cell: e.Cell})
			continue
		}
		p.out <- Event{Event: e}
	}
}

func (p *process) running() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current
}
