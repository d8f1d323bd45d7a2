package supervisor

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/google/go-cmp/cmp"
)

// scene is a proxy between a GoNB and a client, both played by the test.
type scene struct {
	t      *testing.T
	proxy  *proxy
	signer signer

	gonb           zmq4.Socket // its shell channel; it ignores the others
	gonbIOPub      zmq4.Socket
	shell, control zmq4.Socket // the client's
	iopub          <-chan message
	toGoNB         <-chan message
	replies        <-chan message

	ending atomic.Int32 // how many cells are being ended
}

func newScene(t *testing.T) *scene {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	s := &scene{t: t, signer: signer("secret")}
	dir := shortDir(t)
	front := connection{Key: "secret", Scheme: "hmac-sha256"}.behind(dir)
	back := front
	front.IP += "-front"
	var err error
	s.proxy, err = newProxy(ctx, front, newCommands(dir), func(ctx context.Context, _ instant) {
		s.ending.Add(1)
		<-ctx.Done()
		s.ending.Add(-1)
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.proxy.run(ctx, back) }()
	gonb, err := listen(ctx, back)
	if err != nil {
		t.Fatal(err)
	}
	s.gonb, s.gonbIOPub = gonb.shell, gonb.iopub
	all := func(message) bool { return true }
	toGoNB := make(chan message)
	go func() { // answers the proxy's greeting as GoNB does
		for m := range receive(ctx, gonb.shell, s.signer.valid) {
			if len(m.ids) == 1 {
				s.answer(m, "kernel_info_reply", map[string]string{"status": "ok", "implementation": "test"})
				s.publish(m, "status", map[string]string{"execution_state": "idle"})
				continue
			}
			toGoNB <- m
		}
	}()
	s.toGoNB = toGoNB
	client, err := dial(ctx, front)
	if err != nil {
		t.Fatal(err)
	}
	s.shell, s.control = client.shell, client.control
	s.replies, s.iopub = receive(ctx, client.shell, all), receive(ctx, client.iopub, all)
	waitFor(t, func() bool { // until the subscription has arrived
		ask := s.request("kernel_info_request", struct{}{})
		send(s.control, ask)
		if _, err := s.control.Recv(); err != nil {
			return false
		}
		for {
			select {
			case m := <-s.iopub:
				if m.parent().ID == ask.header().ID && contentOf(m)["execution_state"] == "idle" {
					return true
				}
			case <-time.After(50 * time.Millisecond):
				return false
			}
		}
	})
	return s
}

// shortDir is a folder for sockets: that of t.TempDir has the test's name in its path, which may be too long for them.
func shortDir(t *testing.T) string {
	dir, err := os.MkdirTemp(shortTemp, "proxy")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// request is a message of the client.
func (s *scene) request(kind string, content any) message {
	return s.requestOf("test", "", kind, content)
}

// requestOf is a message of a session, dated by its clock.
func (s *scene) requestOf(session, date, kind string, content any) message {
	id := fmt.Sprint(time.Now().UnixNano())
	h := encode(map[string]string{"msg_id": id, "msg_type": kind, "session": session, "date": date})
	parts := [][]byte{h, []byte("{}"), []byte("{}"), encode(content)}
	return message{signature: s.signer.sign(parts), parts: parts}
}

func (s *scene) execute(settings map[string]any) message {
	m := s.request("execute_request", settings)
	send(s.shell, m)
	return m
}

func (s *scene) answer(request message, kind string, content any) {
	send(s.gonb, s.signer.answer(request, kind, content))
}

func (s *scene) publish(request message, kind string, content any) {
	send(s.gonbIOPub, s.signer.answer(request, kind, content))
}

// executeTwo sends two cells and returns them, and the first as GoNB has got it, when the proxy has both.
func (s *scene) executeTwo(settings map[string]any) (first, second, running message) {
	s.t.Helper()
	first, second = s.execute(settings), s.execute(nil)
	running = s.next(s.toGoNB)
	send(s.shell, s.request("comm_msg", nil))
	s.next(s.toGoNB)
	return first, second, running
}

// finish ends a cell as GoNB does.
func (s *scene) finish(request message, reply map[string]any) {
	s.answer(request, "execute_reply", reply)
	s.publish(request, "status", map[string]string{"execution_state": "idle"})
}

// next waits for a message, whose signature is to be right.
func (s *scene) next(from <-chan message) message {
	s.t.Helper()
	select {
	case m := <-from:
		if !s.signer.valid(m) {
			s.t.Errorf("a %s with a wrong signature", m.header().Type)
		}
		return m
	case <-time.After(10 * time.Second):
		s.t.Fatal("nothing came")
		return message{}
	}
}

// nothing fails the test where a message comes after all.
func (s *scene) nothing(from <-chan message, why string) {
	s.t.Helper()
	select {
	case m := <-from:
		s.t.Fatalf("a %s came, though %s", m.header().Type, why)
	case <-time.After(100 * time.Millisecond):
	}
}

// expect waits for a reply to the request and compares its content.
func (s *scene) expect(request message, want map[string]any) {
	s.t.Helper()
	m := s.next(s.replies)
	if got := m.parent().ID; got != request.header().ID {
		s.t.Fatalf("a reply to %s, want one to %s", got, request.header().ID)
	}
	if diff := cmp.Diff(want, contentOf(m)); diff != "" {
		s.t.Errorf("the reply (-want +got):\n%s", diff)
	}
}

func contentOf(m message) (content map[string]any) {
	_ = json.Unmarshal(m.parts[contentPart], &content)
	return content
}

var (
	failed  = map[string]any{"status": "error", "ename": "ERROR"}
	fine    = map[string]any{"status": "ok"}
	aborted = map[string]any{"status": "aborted"}
)

// TestCellsOneByOne: GoNB gets a cell when it has done with the one before, and what a failing cell does to those
// behind it is what the request said.
func TestCellsOneByOne(t *testing.T) {
	tests := map[string]struct {
		settings map[string]any
		reply    map[string]any
		second   bool // whether the second cell runs
	}{
		"success":                 {map[string]any{}, fine, true},
		"failure":                 {map[string]any{}, failed, false},
		"failure that may be":     {map[string]any{"stop_on_error": false}, failed, true},
		"failure of a silent one": {map[string]any{"silent": true}, failed, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			first, second, running := s.executeTwo(test.settings)
			s.nothing(s.toGoNB, "the first cell still runs")
			s.answer(running, "execute_reply", test.reply)
			s.expect(first, test.reply)
			s.nothing(s.toGoNB, "the first cell may publish more")
			s.publish(running, "status", map[string]string{"execution_state": "idle"})
			if test.second {
				s.finish(s.next(s.toGoNB), fine)
				s.expect(second, fine)
			} else {
				s.expect(second, aborted)
			}
			third := s.execute(nil)
			s.finish(s.next(s.toGoNB), fine)
			s.expect(third, fine)
		})
	}
}

// TestCellsUnderWay: a cell that was sent before its client could hear of a failure is called off, however late it
// arrives and whatever the client's clock says; one that was sent later runs, and so does one of which nothing tells.
func TestCellsUnderWay(t *testing.T) {
	const iso, browsers, zoneless = time.RFC3339Nano, "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05.000000"
	for name, test := range map[string]struct {
		off      time.Duration // by which the client's clock is off
		layout   string        // of its dates
		settings map[string]any
		session  string // of the late cell, where that is another
		known    bool   // a message of that session has come before
		runs     bool   // whether the late cell does
	}{
		"our clock":                 {0, iso, nil, "", false, false},
		"a clock an hour fast":      {time.Hour, browsers, nil, "", false, false},
		"a clock an hour slow":      {-time.Hour, browsers, nil, "", false, false},
		"no zone":                   {-7 * time.Hour, zoneless, nil, "", false, false},
		"no date":                   {0, "", nil, "", false, true},
		"a failure that may be":     {0, iso, map[string]any{"stop_on_error": false}, "", false, true},
		"a failure of a silent one": {0, iso, map[string]any{"silent": true}, "", false, true},
		"another session":           {time.Hour, browsers, nil, "other", true, false},
		"another session's first":   {time.Hour, browsers, nil, "other", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			session := "test"
			dated := func(kind string, at time.Time, content any) message {
				return s.requestOf(session, at.Add(test.off).UTC().Format(test.layout), kind, content)
			}
			now := time.Now()
			first := dated("execute_request", now, test.settings)
			if test.session != "" {
				session = test.session
			}
			if test.known {
				send(s.shell, dated("comm_msg", now, nil))
				s.next(s.toGoNB)
			}
			late := dated("execute_request", now, nil)
			send(s.shell, first)
			running := s.next(s.toGoNB)
			s.finish(running, failed)
			s.expect(first, failed)
			later := dated("execute_request", time.Now(), nil)
			send(s.shell, late)
			if test.runs {
				s.finish(s.next(s.toGoNB), fine)
				s.expect(late, fine)
			} else {
				s.expect(late, aborted)
			}
			send(s.shell, later)
			s.finish(s.next(s.toGoNB), fine)
			s.expect(later, fine)
		})
	}
}

// TestInterruptedCell: whatever GoNB says of a cell that was interrupted, its clients hear that it was, once; and its
// processes are ended for as long as it has not ended, and no longer.
func TestInterruptedCell(t *testing.T) {
	type pair struct{ Kind, Name string }
	for name, says := range map[string][]pair{
		"it ended well":  {{"stream", ""}},
		"it failed":      {{"stream", ""}, {"error", "ERROR"}},
		"it was a build": {{"display_data", ""}, {"error", "ERROR"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			cell, behind, running := s.executeTwo(nil)
			interrupt := s.request("interrupt_request", struct{}{})
			send(s.control, interrupt)
			send(s.control, interrupt) // a person presses twice
			raw, err := s.control.Recv()
			if reply, ok := parse(raw.Frames); err != nil || !ok || reply.header().Type != "interrupt_reply" {
				t.Errorf("to the interrupt came %q, %v", raw.Frames, err)
			}
			waitFor(t, func() bool { return s.ending.Load() == 1 })
			var want []pair
			for _, said := range says {
				s.publish(running, said.Kind, map[string]string{"ename": said.Name, "text": "gonb-err-context"})
				if said.Kind == "stream" {
					want = append(want, said)
				}
			}
			s.finish(running, fine)
			s.expect(cell, map[string]any{"status": "error", "ename": "Interrupted",
				"evalue":    "the cell was interrupted",
				"traceback": []any{"Interrupted: the cell was interrupted"}})
			s.expect(behind, aborted)
			var got []pair
			for m := s.next(s.iopub); contentOf(m)["execution_state"] != "idle"; m = s.next(s.iopub) {
				name, _ := contentOf(m)["ename"].(string)
				got = append(got, pair{m.header().Type, name})
			}
			if diff := cmp.Diff(append(want, pair{"error", "Interrupted"}), got); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
			waitFor(t, func() bool { return s.ending.Load() == 0 })
		})
	}
}

func waitFor(t *testing.T, what func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !what(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

// TestStrangers: what is no message, or does not come of one who knows the key, goes no further: GoNB would end.
func TestStrangers(t *testing.T) {
	s := newScene(t)
	forged := s.request("kernel_info_request", struct{}{})
	forged.signature = signer("guessed").sign(forged.parts)
	unsigned := s.request("kernel_info_request", struct{}{})
	unsigned.signature = nil
	for _, m := range []zmq4.Msg{forged.wire(), unsigned.wire(), zmq4.NewMsgString("hello"),
		zmq4.NewMsgFrom([]byte(delimiter)), zmq4.NewMsgFrom(nil, nil)} {
		if err := s.shell.SendMulti(m); err != nil {
			t.Fatal(err)
		}
	}
	s.nothing(s.toGoNB, "no message was in order")
	send(s.shell, s.request("kernel_info_request", struct{}{}))
	if m := s.next(s.toGoNB); m.header().Type != "kernel_info_request" {
		t.Errorf("GoNB got a %s", m.header().Type)
	}
}

// TestBuffers: a message is passed on byte for byte, with the buffers that are not signed.
func TestBuffers(t *testing.T) {
	s := newScene(t)
	m := s.request("comm_msg", map[string]string{"comm_id": "1"})
	large := make([]byte, 8<<20)
	large[len(large)-1] = 1
	m.parts = append(m.parts, large, nil)
	send(s.shell, m)
	got := s.next(s.toGoNB)
	if diff := cmp.Diff(append([][]byte{}, m.parts[:4]...), got.parts[:4]); diff != "" || len(got.parts) != 6 ||
		string(got.parts[4]) != string(large) {
		t.Errorf("GoNB got %d parts; the first four (-want +got):\n%s", len(got.parts), diff)
	}
}

// TestControlDuringACell: what is asked on the control channel is answered there while a cell runs, and a request to
// end is answered, reaches GoNB, and is told the supervisor.
func TestControlDuringACell(t *testing.T) {
	s := newScene(t)
	s.execute(nil)
	s.next(s.toGoNB)
	for kind, want := range map[string]map[string]any{
		"kernel_info_request": {"status": "ok", "implementation": "test"},
		"shutdown_request":    {"status": "ok", "restart": true},
	} {
		send(s.control, s.request(kind, map[string]bool{"restart": true}))
		raw, err := s.control.Recv()
		reply, ok := parse(raw.Frames)
		if err != nil || !ok {
			t.Fatalf("%s: %q, %v", kind, raw.Frames, err)
		}
		if diff := cmp.Diff(want, contentOf(reply)); diff != "" {
			t.Errorf("%s: the reply (-want +got):\n%s", kind, diff)
		}
	}
	select {
	case <-s.proxy.shutdown:
	case <-time.After(10 * time.Second):
		t.Error("the supervisor was not told")
	}
}

// TestRequestsAreCompleted: what a client leaves out of a request GoNB gets as the protocol has it; what is there is
// passed on as it came.
func TestRequestsAreCompleted(t *testing.T) {
	rest := map[string]any{"silent": false, "store_history": true, "user_expressions": map[string]any{},
		"allow_stdin": true, "stop_on_error": true}
	with := func(some map[string]any) map[string]any {
		all := maps.Clone(rest)
		maps.Copy(all, some)
		return all
	}
	tests := map[string]struct {
		kind          string
		content, want map[string]any
	}{
		"code alone": {"execute_request", map[string]any{"code": "x"},
			with(map[string]any{"code": "x"})},
		"null": {"execute_request", map[string]any{"code": "x", "silent": nil,
			"allow_stdin": nil}, with(map[string]any{"code": "x"})},
		"nothing": {"execute_request", nil, with(map[string]any{"code": ""})},
		"a silent one, no history": {"execute_request", map[string]any{"code": "x", "silent": true},
			with(map[string]any{"code": "x", "silent": true, "store_history": false})},
		"more than the protocol has": {"execute_request", map[string]any{"code": "x", "cell_id": "a"},
			with(map[string]any{"code": "x", "cell_id": "a"})},
		"help": {"inspect_request", map[string]any{"code": "x"},
			map[string]any{"code": "x", "cursor_pos": 0.0, "detail_level": 0.0}},
		"completion": {"complete_request", map[string]any{"code": "x", "cursor_pos": nil},
			map[string]any{"code": "x", "cursor_pos": 0.0}},
	}
	s := newScene(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s.t = t
			m := s.request(test.kind, test.content)
			send(s.shell, m)
			got := s.next(s.toGoNB)
			if diff := cmp.Diff(test.want, contentOf(got)); diff != "" {
				t.Errorf("GoNB got (-want +got):\n%s", diff)
			}
			if test.kind == "execute_request" {
				s.finish(got, fine)
				s.expect(m, fine)
			}
		})
	}
	whole := s.request("execute_request", with(map[string]any{"code": "x"}))
	send(s.shell, whole)
	if got := s.next(s.toGoNB); string(got.parts[contentPart]) != string(whole.parts[contentPart]) {
		t.Errorf("a request that lacks nothing came as %s, want %s", got.parts[contentPart], whole.parts[contentPart])
	}
}

// TestRequestsWithoutGoNB: what GoNB does not answer, or would end at, is answered without it, or goes no further;
// and the next request is served.
func TestRequestsWithoutGoNB(t *testing.T) {
	s := newScene(t)
	for _, test := range []struct {
		kind    string
		content any
		want    map[string]any
	}{
		{"is_complete_request", map[string]string{"code": "func f() {"}, map[string]any{"status": "unknown"}},
		{"history_request", map[string]any{"hist_access_type": "tail", "n": 10},
			map[string]any{"status": "ok", "history": []any{}}},
		{"comm_info_request", nil, map[string]any{"status": "ok", "comms": map[string]any{}}},
		{"execute_request", map[string]any{"code": 5}, nil},
		{"execute_request", map[string]any{"code": "x", "silent": "no"}, nil},
		{"execute_request", []int{1}, nil},
		{"inspect_request", map[string]any{"code": "x", "cursor_pos": "1"}, nil},
	} {
		ask := s.request(test.kind, test.content)
		send(s.shell, ask)
		if test.want != nil {
			s.expect(ask, test.want)
		} else if got := contentOf(s.next(s.replies)); got["status"] != "error" || got["ename"] != "BadRequest" {
			t.Errorf("%s of %v: %v", test.kind, test.content, got)
		}
		for _, want := range []string{"busy", "idle"} {
			if got := s.next(s.iopub); contentOf(got)["execution_state"] != want || got.parent().ID != ask.header().ID {
				t.Errorf("%s: published %v, want %s", test.kind, contentOf(got), want)
			}
		}
	}
	for i, bad := range []string{"5", `{"msg_id": 7, "msg_type": "execute_request"}`, "{", `["a"]`} {
		m := s.request("execute_request", map[string]string{"code": "x"})
		m.parts[[]int{headerPart, headerPart, contentPart, metadataPart}[i]] = []byte(bad)
		m.signature = s.signer.sign(m.parts)
		send(s.shell, m)
	}
	s.nothing(s.toGoNB, "GoNB can read none of it")
	send(s.shell, s.request("execute_request", map[string]string{"code": "x"}))
	s.next(s.toGoNB)
}
