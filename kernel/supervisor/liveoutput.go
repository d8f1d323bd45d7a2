package supervisor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/maestro-lod/notebook/kernel/live"
)

// publishFor tells everyone something of a cell, which may have ended.
func (p *proxy) publishFor(count int, kind string, content any) {
	request, ok := p.live.parents[count]
	if !ok || p.live.now != nil && p.live.now.cell.count == count && p.live.now.cell.silent {
		return
	}
	send(p.front.iopub, p.signer.answer(request, kind, content))
}

// publishDisplay shows what a cell has handed to gonbui.
func (p *proxy) publishDisplay(e live.Event) {
	data := map[string]any{}
	for kind, value := range e.Display.Data {
		data[string(kind)] = value // bytes become base64, as the protocol wants
	}
	metadata := e.Display.Metadata
	if metadata == nil {
		metadata = map[string]any{}
	}
	content := map[string]any{"data": data, "metadata": metadata, "transient": map[string]any{}}
	kind := "display_data"
	if id := e.Display.DisplayID; id != "" {
		content["transient"] = map[string]any{"display_id": id}
		if p.live.shown[id] {
			kind = "update_display_data"
		}
		p.live.shown[id] = true
	}
	p.publishFor(e.Cell, kind, content)
}

// adviseRestart says when cells have taken much memory: that of a compiled cell is not given back.
func (p *proxy) adviseRestart(e live.Event) {
	if total := physicalMemory(); !p.live.advised && total > 0 && e.Memory > total/2 {
		p.live.advised = true
		p.publishFor(e.Cell, "stream", map[string]any{"name": "stderr", "text": fmt.Sprintf(
			"this notebook's process takes %.1f GB, more than half of the machine's memory; %%who names the largest "+
				"values, %%del NAME frees one, "+
				"and a restart of the kernel frees everything\n", float64(e.Memory)/1e9)})
	}
}

// openStdin makes the pipe that a person's answers go through; "" where nobody can be asked.
func (p *proxy) openStdin() (string, error) {
	n := p.live.now
	if !n.cell.allowStdin {
		return "", nil
	}
	path := filepath.Join(p.live.folder, fmt.Sprintf("stdin-%d", n.cell.count))
	if err := syscall.Mkfifo(path, 0o600); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("making a pipe for input: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return "", fmt.Errorf("opening a pipe for input: %w", err)
	}
	n.stdin, n.look = file, time.NewTicker(inputEvery)
	return path, nil
}

// askForInput asks a person for a line where the cell waits for one.
func (p *proxy) askForInput() {
	n := p.live.now
	if !n.running || n.asked || !readsInput(p.live.pid()) {
		return
	}
	n.asked = true
	send(p.front.stdin, p.signer.answer(n.cell.request, "input_request",
		map[string]any{"prompt": "", "password": false}))
}

// onInput hands a person's answer to the cell that waits for it; false where none does.
func (p *proxy) onInput(m message) bool {
	if n := p.live.current(); n == nil || !n.asked || m.header().Type != "input_reply" {
		return false
	}
	var content struct {
		Value string `json:"value"`
	}
	_ = m.content(&content)
	p.live.now.asked = false
	_, _ = p.live.now.stdin.WriteString(content.Value + "\n")
	return true
}

// inputEvery is how often a cell is looked at for whether it waits for input.
const inputEvery = 50 * time.Millisecond

// forPanel hands what a page says to the living cell that listens; false for everything else.
func (p *proxy) forPanel(m message) bool {
	if p.live.events() == nil {
		return false
	}
	if m.header().Type != "comm_msg" {
		return false
	}
	var content struct {
		Data struct {
			Address string `json:"address"`
			Value   any    `json:"value"`
		} `json:"data"`
	}
	return m.content(&content) == nil && p.live.session.Deliver(content.Data.Address, content.Data.Value)
}
