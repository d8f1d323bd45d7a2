//go:build unix

package inline

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
	"gonum.org/v1/plot/vg"

	"github.com/maestro-lod/notebook/plots"
)

// TestShow plays the kernel's end of the pipes between GoNB and a cell.
func TestShow(t *testing.T) {
	dir := t.TempDir()
	out, back := filepath.Join(dir, "out"), filepath.Join(dir, "back")
	for _, path := range []string{out, back} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(protocol.GONB_PIPE_ENV, out)
	t.Setenv(protocol.GONB_PIPE_BACK_ENV, back)
	gonbui.IsNotebook = true
	t.Cleanup(func() { gonbui.IsNotebook = false })

	shown := make(chan error, 1)
	messages := make(chan []protocol.DisplayData, 1)
	p := figure(t)
	go func() { shown <- ShowSized(p, plots.Size{Width: 2 * vg.Inch, Height: vg.Inch}) }()
	go func() {
		got, err := playKernel(out, back)
		if err != nil {
			t.Error(err)
		}
		messages <- got
	}()
	select {
	case err := <-shown:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("ShowSized does not return")
	}
	var got []protocol.DisplayData
	select {
	case got = <-messages:
	case <-time.After(30 * time.Second):
		t.Fatal("ShowSized returned without waiting for the kernel")
	}
	if len(got) != 1 {
		t.Fatalf("%d outputs, want 1", len(got))
	}
	data := got[0].Data
	if len(data) != 3 {
		t.Errorf("%d forms, want 3", len(data))
	}
	if svg, ok := data[protocol.MIMEImageSVG].(string); !ok || !bytes.Contains([]byte(svg), []byte("</svg>")) {
		t.Errorf("SVG is %T, want it as text", data[protocol.MIMEImageSVG])
	}
	if png, ok := data[protocol.MIMEImagePNG].([]byte); !ok || !bytes.HasPrefix(png, []byte("\x89PNG")) {
		t.Errorf("PNG is %T, want it as bytes", data[protocol.MIMEImagePNG])
	}
	if data[protocol.MIMETextPlain] != plots.Describe(p) {
		t.Errorf("text is %v", data[protocol.MIMETextPlain])
	}
	if got, want := fmt.Sprint(got[0].Metadata), "map[image/png:map[height:96 width:192]]"; got != want {
		t.Errorf("metadata %s, want %s", got, want)
	}
}

// playKernel collects outputs until the cell asks whether all have been read, and
// answers that.
func playKernel(out, back string) (outputs []protocol.DisplayData, err error) {
	r, err := os.Open(out)
	if err != nil {
		return nil, err
	}
	w, err := os.OpenFile(back, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	dec := gob.NewDecoder(r)
	for {
		var data protocol.DisplayData
		if err := dec.Decode(&data); err != nil {
			return nil, err
		}
		ask, ok := data.Data[protocol.MIMECommValue].(protocol.CommValue)
		if !ok {
			outputs = append(outputs, data)
			continue
		}
		if ask.Address != protocol.GonbuiSyncAddress {
			return nil, fmt.Errorf("unexpected message to %s", ask.Address)
		}
		return outputs, gob.NewEncoder(w).Encode(protocol.CommValue{Address: protocol.GonbuiSyncAckAddress,
			Value: ask.Value})
	}
}
