package live

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/maestro-lod/notebook/kernel/live/rt"
	"github.com/maestro-lod/notebook/kernel/live/wire"
)

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
