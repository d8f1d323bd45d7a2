package supervisor

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBehind: GoNB is reached by sockets in its own folder where their path is short enough for the system, and else on
// this machine's own address, on ports that are all different.
func TestBehind(t *testing.T) {
	jupyter := connection{Transport: "tcp", IP: "0.0.0.0", Shell: 1, Key: "secret", Scheme: "hmac-sha256"}
	for name, dir := range map[string]string{"short": "/tmp/maestro-kernel-1", "long": "/tmp/" + strings.Repeat("long/", 20)} {
		t.Run(name, func(t *testing.T) {
			c, err := jupyter.behind(dir)
			if err != nil {
				t.Fatal(err)
			}
			if c.Key != jupyter.Key {
				t.Error("the key is another")
			}
			seen := map[string]bool{}
			for _, port := range []int{c.Shell, c.Control, c.Stdin, c.IOPub, c.Heartbeat} {
				at := c.endpoint(port)
				if path, ok := strings.CutPrefix(at, "ipc://"); ok && (filepath.Dir(path) != dir || len(path) > longestSocketPath) {
					t.Errorf("a socket at %s", path)
				} else if address, ok := strings.CutPrefix(at, "tcp://"); ok {
					l, err := net.Listen("tcp", address)
					if err != nil || !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
						t.Errorf("listening on %s: %v", address, err)
					} else {
						defer l.Close()
					}
				}
				seen[at] = true
			}
			if len(seen) != 5 {
				t.Errorf("the endpoints are %v, want five", seen)
			}
		})
	}
}

// TestReadConnection: a file that is missing, is no JSON or asks for another signature is an error of one line that names
// it.
func TestReadConnection(t *testing.T) {
	for name, text := range map[string]string{"missing": "", "cut short": `{"ip": "127`, "another signature": `{"key": "a", "signature_scheme": "hmac-md5"}`} {
		path := filepath.Join(t.TempDir(), name)
		if text != "" {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := readConnection(path); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
