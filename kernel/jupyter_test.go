package kernel

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// jupyter is a real Jupyter client in a process of its own, which has started our kernel.
type jupyter struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Scanner
	err *bytes.Buffer

	pipe io.Closer // what out reads from
}

type order struct {
	Do    string   `json:"do"`
	Code  string   `json:"code,omitempty"`
	Codes []string `json:"codes,omitempty"` // for "send": all cells at once
	GoOn  bool     `json:"go_on,omitempty"` // for "send": also after a failure
	// for "run" and "send": answer when this was printed, not when all have ended
	Until   string         `json:"until,omitempty"`
	Kind    string         `json:"kind,omitempty"` // for "request": the message's
	Content map[string]any `json:"content,omitempty"`
	Now     bool           `json:"now,omitempty"` // for "restart" and "shutdown": kill the supervisor, ask nothing
}

// said is what the client heard of one cell.
type said struct {
	Said    string   `json:"said"`
	Status  string   `json:"status"`
	States  []string `json:"states"`  // busy and idle
	Shown   []int    `json:"shown"`   // the lengths of rich outputs
	Seen    []string `json:"seen"`    // what a person sees of it, in order
	Seconds float64  `json:"seconds"` // since the last interrupt, or that a restart or a shutdown took
}

type answer struct {
	said
	Cells        []said   `json:"cells"`
	PID          int      `json:"pid"` // the supervisor's
	Milliseconds float64  `json:"milliseconds"`
	Matches      []string `json:"matches"` // for "complete"
}

func startJupyter(t *testing.T, setup Setup, where isolation, settings ...string) *jupyter {
	t.Helper()
	cmd := exec.Command(setup.python.Python(), filepath.Join("testdata", "client.py"), Name)
	cmd.Env = with(with(jupyterEnviron(setup.layout, filepath.Dir(setup.python.Python())), where.settings()...),
		settings...)
	j := &jupyter{t: t, cmd: cmd, err: &bytes.Buffer{}}
	cmd.Stderr = j.err
	cmd.WaitDelay = time.Second // a kernel that is left over holds standard error open
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	j.in, j.out, j.pipe = in, bufio.NewScanner(out), out
	j.out.Buffer(nil, 1<<26)
	t.Cleanup(func() {
		j.kill()
		where.end()
	})
	return j
}

// kill ends the client as a crash does, without a word to the kernel.
func (j *jupyter) kill() {
	_ = j.cmd.Process.Kill()
	_ = j.cmd.Wait()
}

func (j *jupyter) do(o order) answer {
	j.t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		j.t.Fatal(err)
	}
	stuck := time.AfterFunc(time.Minute, func() {
		_ = j.cmd.Process.Kill()
		_ = j.pipe.Close() // what the client has started may hold the other end
	})
	defer stuck.Stop()
	if _, err := fmt.Fprintf(j.in, "%s\n", text); err != nil || !j.out.Scan() {
		j.kill()
		j.t.Fatalf("%s: the client ended: %s", o.Do, j.err)
	}
	var a answer
	if err := json.Unmarshal(j.out.Bytes(), &a); err != nil {
		j.t.Fatal(err)
	}
	return a
}
