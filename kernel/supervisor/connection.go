package supervisor

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// connection is what a kernel's connection file holds.
type connection struct {
	Transport string `json:"transport"`
	IP        string `json:"ip"`
	Shell     int    `json:"shell_port"`
	Control   int    `json:"control_port"`
	Stdin     int    `json:"stdin_port"`
	IOPub     int    `json:"iopub_port"`
	Heartbeat int    `json:"hb_port"`
	Scheme    string `json:"signature_scheme"`
	Key       string `json:"key"`
}

func readConnection(path string) (connection, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return connection{}, fmt.Errorf("reading Jupyter's connection file: %w", err)
	}
	var c connection
	if err := json.Unmarshal(text, &c); err != nil {
		return connection{}, fmt.Errorf("reading Jupyter's connection file %s: %w", path, err)
	}
	if c.Scheme != "hmac-sha256" && c.Key != "" {
		return connection{},
			fmt.Errorf("connection file %s of Jupyter asks for signatures by %q; GoNB knows hmac-sha256 alone", path,
				c.Scheme)
	}
	return c, nil
}

func (c connection) write(path string) error { return os.WriteFile(path, encode(c), 0o600) }

// endpoint is ZeroMQ's name for one of the ports.
func (c connection) endpoint(port int) string {
	if c.Transport == "ipc" {
		return fmt.Sprintf("ipc://%s-%d", c.IP, port)
	}
	return fmt.Sprintf("tcp://%s", net.JoinHostPort(c.IP, fmt.Sprint(port)))
}

// longestSocketPath is what a socket's path may have on every system we run on (104 bytes with a closing zero on
// macOS).
const longestSocketPath = 103

// behind is the connection between the supervisor and GoNB, with the same key: sockets in a folder that nobody else
// may enter.
func (c connection) behind(dir string) connection {
	c.Transport, c.IP = "ipc", filepath.Join(dir, "gonb")
	c.Shell, c.Control, c.Stdin, c.IOPub, c.Heartbeat = 1, 2, 3, 4, 5
	return c
}

// holdsSockets tells whether the paths of sockets in a folder below parent are short enough for the system.
func holdsSockets(parent string) bool {
	return len(filepath.Join(parent, TempPrefix+"0123456789", "gonb-5")) <= longestSocketPath
}
