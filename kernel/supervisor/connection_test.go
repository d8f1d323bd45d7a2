package supervisor

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

// TestBehind: GoNB is reached by five sockets in a folder of its own, with the same key, and a folder whose path is
// too long for them is known as such before.
func TestBehind(t *testing.T) {
	jupyter := connection{Transport: "tcp", IP: "0.0.0.0", Shell: 1, Key: "secret", Scheme: "hmac-sha256"}
	for name, dir := range map[string]string{"short": "/tmp", "long": "/tmp/" + strings.Repeat("long/", 20)} {
		c := jupyter.behind(filepath.Join(dir, TempPrefix+"0123456789"))
		if c.Key != jupyter.Key {
			t.Error("the key is another")
		}
		seen := map[string]bool{}
		for _, port := range []int{c.Shell, c.Control, c.Stdin, c.IOPub, c.Heartbeat} {
			path, ok := strings.CutPrefix(c.endpoint(port), "ipc://")
			if fits := len(path) <= longestSocketPath; !ok || fits != holdsSockets(dir) || fits != (name == "short") {
				t.Errorf("%s: a socket at %s, for which there is room: %v", name, path, holdsSockets(dir))
			}
			seen[path] = true
		}
		if len(seen) != 5 {
			t.Errorf("the sockets are %v, want five", seen)
		}
	}
}

// TestTakenPort: a port that another program has is waited for, as it may have it for a moment alone; after that the
// error says what it is. A socket that a killed kernel has left is no other program's.
func TestTakenPort(t *testing.T) {
	take := func() (net.Listener, connection) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l, connection{Transport: "tcp", IP: "127.0.0.1", Shell: l.Addr().(*net.TCPAddr).Port}
	}
	t.Run("for a moment", func(t *testing.T) {
		t.Parallel()
		taken, c := take()
		time.AfterFunc(200*time.Millisecond, func() { _ = taken.Close() })
		if err := c.bind(zmq4.NewRouter(t.Context()), c.Shell); err != nil {
			t.Error(err)
		}
	})
	t.Run("for good", func(t *testing.T) {
		t.Parallel()
		_, c := take()
		if err := c.bind(zmq4.NewRouter(t.Context()), c.Shell); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("by a kernel that was killed", func(t *testing.T) {
		t.Parallel()
		c := connection{Transport: "ipc", IP: filepath.Join(shortDir(t), "k")}
		left, err := net.ListenUnix("unix", &net.UnixAddr{Name: c.IP + "-1", Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		left.SetUnlinkOnClose(false)
		_ = left.Close()
		if err := c.bind(zmq4.NewRouter(t.Context()), 1); err != nil {
			t.Error(err)
		}
	})
	t.Run("by a kernel that lives", func(t *testing.T) {
		t.Parallel()
		c := connection{Transport: "ipc", IP: filepath.Join(shortDir(t), "k")}
		if err := c.bind(zmq4.NewRouter(t.Context()), 1); err != nil {
			t.Fatal(err)
		}
		if err := c.bind(zmq4.NewRouter(t.Context()), 1); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("the error is %v", err)
		}
	})
}

// TestReadConnection: a file that is missing, is no JSON or asks for another signature is an error of one line that
// names it.
func TestReadConnection(t *testing.T) {
	for name, text := range map[string]string{"missing": "", "cut short": `{"ip": "127`,
		"another signature": `{"key": "a", "signature_scheme": "hmac-md5"}`} {
		path := filepath.Join(t.TempDir(), name)
		if text != "" {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := readConnection(path); err == nil || !strings.Contains(err.Error(), name) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
