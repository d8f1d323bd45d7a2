package kernel

import (
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKernelIsPrivate: no process of a kernel listens on an address that other machines reach, and Jupyter's five ports
// are the only ones.
func TestKernelIsPrivate(t *testing.T) {
	t.Parallel()
	setup, where := prepared(t), isolate(t)
	j := startJupyter(t, setup, where)
	j.do(order{Do: "start"})
	listening := where.listening(t)
	for _, address := range listening {
		if !address.IP.IsLoopback() {
			t.Errorf("the kernel listens on %s", address)
		}
	}
	if len(listening) != 5 {
		t.Errorf("the kernel listens on %v, want five ports", listening)
	}
	j.do(order{Do: "shutdown"})
}

// listening lists the addresses that the marked processes accept connections on.
func (i isolation) listening(t *testing.T) []*net.TCPAddr {
	t.Helper()
	ours := map[string]bool{}
	for _, process := range i.processes() {
		pid, _, _ := strings.Cut(process, " ")
		files, _ := filepath.Glob(filepath.Join("/proc", pid, "fd", "*"))
		for _, file := range files {
			if to, err := os.Readlink(file); err == nil {
				ours[to] = true
			}
		}
	}
	var found []*net.TCPAddr
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue // no IPv6
		}
		for line := range strings.Lines(string(text)) {
			// Number, local address, remote address, state (0A: listens), …, and the tenth: the socket's number.
			fields := strings.Fields(line)
			if len(fields) < 10 || fields[3] != "0A" || !ours["socket:["+fields[9]+"]"] {
				continue
			}
			host, port, _ := strings.Cut(fields[1], ":")
			ip, err := hex.DecodeString(host) // words of four bytes, lowest first
			if err != nil {
				t.Fatal(err)
			}
			for word := ip; len(word) >= 4; word = word[4:] {
				word[0], word[1], word[2], word[3] = word[3], word[2], word[1], word[0]
			}
			number, err := hex.DecodeString(port)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, &net.TCPAddr{IP: ip, Port: int(number[0])<<8 | int(number[1])})
		}
	}
	return found
}
