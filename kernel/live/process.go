package live

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/maestro-lod/notebook/kernel/live/rt"
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
	p := &process{folder: folder, mark: rand.Text(), out: make(chan Event, 256), replies: make(chan *protocol.CommValue, 128), listens: map[string]bool{}}
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
		case wire.Done, wire.Show:
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
		p.out <- Event{Event: e}
	}
}

// readOutput passes on what the process prints as that of the cell that runs, in pieces that cut no letter.
func (p *process) readOutput(r io.ReadCloser, stream string, ends chan<- int) {
	defer p.finished.Done()
	defer r.Close()
	begin := []byte("\x00" + p.mark + " ")
	var held []byte
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.Read(buffer)
		held = append(held, buffer[:n]...)
		for {
			at := bytes.Index(held, begin)
			if at < 0 {
				break
			}
			number, rest, whole := bytes.Cut(held[at+len(begin):], []byte{0})
			if !whole {
				break
			}
			p.print(p.running(), stream, held[:at])
			cell, _ := strconv.Atoi(string(number))
			held = bytes.Clone(rest)
			ends <- cell
		}
		if err != nil {
			p.print(p.running(), stream, held)
			return
		}
		send := len(held) - unfinished(held, begin)
		p.print(p.running(), stream, held[:send])
		held = bytes.Clone(held[send:])
	}
}

// unfinished is how many bytes at the end of a text may be the beginning of a letter or of a cell's end.
func unfinished(text, begin []byte) int {
	if at := bytes.LastIndexByte(text, 0); at >= 0 && len(text)-at < len(begin)+20 {
		if tail := text[at:]; bytes.HasPrefix(tail, begin) || bytes.HasPrefix(begin, tail) {
			return len(tail)
		}
	}
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

func (p *process) running() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current
}

func (p *process) print(cell int, stream string, text []byte) {
	if len(text) > 0 {
		p.out <- Event{Event: wire.Event{Cell: cell, Text: Unmark(string(text))}, Stream: stream}
	}
}

// readLate passes on what a cell prints after its end.
func (p *process) readLate(cell int, stream string) {
	file, err := os.Open(filepath.Join(p.folder, fmt.Sprintf("late-%d-%s", cell, stream)))
	if err != nil {
		return
	}
	defer file.Close()
	var held []byte
	buffer := make([]byte, 32<<10)
	for {
		n, err := file.Read(buffer)
		held = append(held, buffer[:n]...)
		if err != nil {
			p.print(cell, stream, held)
			return
		}
		send := len(held) - unfinished(held, []byte("\x00"))
		p.print(cell, stream, held[:send])
		held = bytes.Clone(held[send:])
	}
}

// readDisplays passes on what cells show through gonbui, and answers its requests.
func (p *process) readDisplays(path string) {
	file, err := os.OpenFile(path, os.O_RDWR, 0) // for writing, too, so that it does not end where gonbui opens it late
	if err != nil {
		return
	}
	go func() { p.finished.Wait(); _ = file.Close() }()
	decoder := gob.NewDecoder(file)
	for {
		data := &protocol.DisplayData{}
		if decoder.Decode(data) != nil {
			return
		}
		if value, ok := data.Data[protocol.MIMECommValue].(protocol.CommValue); ok {
			if id, ok := value.Value.(int); ok && value.Address == protocol.GonbuiSyncAddress {
				p.replies <- &protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: id}
			}
			continue
		}
		if s, ok := data.Data[protocol.MIMECommSubscribe].(protocol.CommSubscription); ok {
			p.mu.Lock()
			p.listens[s.Address] = !s.Unsubscribe
			p.mu.Unlock()
			continue
		}
		cell := p.running()
		if id, ok := data.Metadata[rt.CellKey].(int); ok {
			if id > 0 {
				cell = id
			}
			delete(data.Metadata, rt.CellKey)
		}
		for kind, value := range data.Data {
			if text, ok := value.(string); ok && strings.HasPrefix(string(kind), "text/") {
				data.Data[kind] = Unmark(text)
			}
		}
		p.out <- Event{Event: wire.Event{Cell: cell}, Display: data}
	}
}

func (p *process) writeReplies(path string) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return
	}
	go func() { p.finished.Wait(); _ = file.Close() }()
	encoder := gob.NewEncoder(file)
	for reply := range p.replies {
		if encoder.Encode(reply) != nil {
			return
		}
	}
}

// deliver hands a value that came from the page to the cell that listens for it; false where none does.
func (p *process) deliver(address string, value any) bool {
	p.mu.Lock()
	listens := p.listens[address]
	p.mu.Unlock()
	if listens {
		select {
		case p.replies <- &protocol.CommValue{Address: address, Value: value}:
		default: // pages send again what is not answered
		}
	}
	return listens
}

func init() {
	gob.Register(map[string]any{})
	gob.Register([]any{})
}
