package supervisor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/go-zeromq/zmq4"
)

// sockets are the channels of one connection. Messages to a closed one, or to a client that has gone, are lost
// without a word, as is ZeroMQ's way.
type sockets struct {
	shell, control, stdin, iopub zmq4.Socket
}

// listen opens the channels that Jupyter's clients connect to, and answers the heartbeat.
func listen(ctx context.Context, c connection) (sockets, error) {
	s := sockets{shell: zmq4.NewRouter(ctx), control: zmq4.NewRouter(ctx), stdin: zmq4.NewRouter(ctx),
		iopub: zmq4.NewPub(ctx)}
	heartbeat := zmq4.NewRep(ctx)
	for _, at := range []struct {
		socket zmq4.Socket
		port   int
	}{{s.shell, c.Shell}, {s.control, c.Control}, {s.stdin, c.Stdin}, {s.iopub, c.IOPub}, {heartbeat, c.Heartbeat}} {
		if err := c.bind(at.socket, at.port); err != nil {
			return s, fmt.Errorf("opening the kernel's port: %w", err)
		}
	}
	go echo(ctx, heartbeat)
	return s, nil
}

// portPatience is how long a port that is in use is waited for: Jupyter chose it because it was free, so whoever has
// it may have it for a moment alone.
const portPatience = 2 * time.Second

// bind has the socket listen on one of the connection's ports.
func (c connection) bind(socket zmq4.Socket, port int) error {
	for deadline := time.Now().Add(portPatience); ; time.Sleep(50 * time.Millisecond) {
		err := socket.Listen(c.endpoint(port))
		if !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(deadline) {
			return err
		}
		if path, ok := strings.CutPrefix(c.endpoint(port), "ipc://"); ok {
			removeDead(path)
		}
	}
}

// removeDead removes a socket that a killed kernel has left behind.
func removeDead(path string) {
	if conn, err := net.Dial("unix", path); err == nil {
		_ = conn.Close()
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		_ = os.Remove(path)
	}
}

func echo(ctx context.Context, heartbeat zmq4.Socket) {
	for ctx.Err() == nil {
		if beat, err := heartbeat.Recv(); err == nil {
			_ = heartbeat.SendMulti(beat)
		}
	}
}

// ourID is our name as GoNB's client. The channels share it, as those of a client must: GoNB answers control requests
// on the shell channel, and asks for input on the channel for that what it was sent on the shell channel.
const ourID = "supervisor"

// dial connects to GoNB's channels, waiting for it to open them.
func dial(ctx context.Context, c connection) (sockets, error) {
	options := []zmq4.Option{zmq4.WithID(zmq4.SocketIdentity(ourID)),
		zmq4.WithDialerRetry(10 * time.Millisecond), zmq4.WithDialerMaxRetries(-1)}
	s := sockets{shell: zmq4.NewDealer(ctx, options...), control: zmq4.NewDealer(ctx, options...),
		stdin: zmq4.NewDealer(ctx, options...), iopub: zmq4.NewSub(ctx, options...)}
	for _, at := range []struct {
		socket zmq4.Socket
		port   int
	}{{s.shell, c.Shell}, {s.control, c.Control}, {s.stdin, c.Stdin}, {s.iopub, c.IOPub}} {
		if err := at.socket.Dial(c.endpoint(at.port)); err != nil {
			return s, fmt.Errorf("connecting to GoNB: %w", err)
		}
	}
	return s, s.iopub.SetOption(zmq4.OptionSubscribe, "")
}

// receive reads a socket's messages, but those that accept refuses, until the context ends.
func receive(ctx context.Context, s zmq4.Socket, accept func(message) bool) <-chan message {
	out := make(chan message)
	go func() {
		for {
			raw, err := s.Recv()
			if err != nil {
				return // the context has ended, or GoNB has
			}
			m, ok := parse(raw.Frames)
			if !ok || !accept(m) {
				continue
			}
			select {
			case out <- m:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func send(s zmq4.Socket, m message) { _ = s.SendMulti(m.wire()) }
