package kernel

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestLabAddress: what is no address, or none of this machine's, is refused in one line before Jupyter starts.
func TestLabAddress(t *testing.T) {
	// the last is of a network for documentation
	for _, ip := range []string{"*", "everywhere", "0.0.0.0:8888", "192.0.2.1"} {
		var out bytes.Buffer
		err := Setup{}.Lab(t.Context(), LabOptions{Dir: t.TempDir(), IP: ip, Out: &out})
		if err == nil || !strings.Contains(err.Error(), ip) || !strings.Contains(err.Error(), "0.0.0.0 for all") {
			t.Errorf("Lab on %q: %v, want an error that says what to use", ip, err)
			continue
		}
		oneLine(t, err)
	}
}

// labSaid collects what Lab says; found is closed when an address is in it.
type labSaid struct {
	sync.Mutex
	text  []byte
	found chan struct{}
	once  sync.Once
}

func (s *labSaid) Write(p []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	s.text = append(s.text, p...)
	if bytes.Contains(s.text, []byte("http://127.0.0.1:")) {
		s.once.Do(func() { close(s.found) })
	}
	return len(p), nil
}

func (s *labSaid) String() string {
	s.Lock()
	defer s.Unlock()
	return string(s.text)
}

// TestLabExposed: Lab that listens on all addresses asks for its token; where a configuration turns the token off it
// does not start, whichever of the names it uses, and with a password it does.
func TestLabExposed(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	for name, test := range map[string]struct {
		config string
		starts bool
	}{
		"as it is":          {"", true},
		"no token":          {"c.IdentityProvider.token = ''", false},
		"no token, old":     {"c.ServerApp.token = ''", false},
		"a password":        {"c.IdentityProvider.token = ''\nc.PasswordIdentityProvider.hashed_password = 'sha1:00:00'", true},
		"a token of theirs": {"c.IdentityProvider.token = 'secret'", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "no token" {
				testmode.Long(t, "other tests start Lab as it is")
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "jupyter_server_config.py"), []byte(test.config+"\n"),
				0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			l, err := net.Listen("tcp", "0.0.0.0:0") // a port of its own: others of these tests start and end meanwhile
			if err != nil {
				t.Fatal(err)
			}
			port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
			_ = l.Close()
			cmd := exec.CommandContext(ctx, setup.layout.program("maestro"), "lab", "--ip", "0.0.0.0", "--port", port,
				"--no-browser", t.TempDir())
			cmd.Dir, cmd.Env, cmd.WaitDelay = setup.layout.root, with(os.Environ(), "JUPYTER_CONFIG_DIR="+dir),
				time.Second
			cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
			out := &labSaid{found: make(chan struct{})}
			cmd.Stdout, cmd.Stderr = out, out
			ended := make(chan error, 1)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			go func() { ended <- cmd.Wait() }()
			select {
			case err := <-ended:
				if test.starts || err == nil || !strings.Contains(out.String(), "reach this server without a token") {
					t.Errorf("Lab ended with %v: %s", err, out.String())
				}
			case <-out.found:
				if !test.starts {
					t.Errorf("Lab listens on all addresses: %s", out.String())
				}
				response, err := http.Get("http://127.0.0.1:" + port + "/api/contents")
				for err != nil && ctx.Err() == nil { // the address is said before it is listened on
					time.Sleep(100 * time.Millisecond)
					response, err = http.Get("http://127.0.0.1:" + port + "/api/contents")
				}
				if err != nil {
					t.Error(err)
				} else if response.Body.Close(); response.StatusCode != http.StatusForbidden {
					t.Errorf("without the token: %s", response.Status)
				}
				cancel()
				<-ended
			}
		})
	}
}
