// Package slurmtest starts a real Slurm for a test.
package slurmtest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options are what a cluster is like. A zero value is what the comment says.
type Options struct {
	Nodes int // 3, named n1, n2, ...
	CPUs  int // of each node, whatever the machine has: 2

	MaxArraySize int // Slurm's own: 1001, which is one more than the largest index
	MaxJobCount  int // Slurm's own: 10000

	// What becomes of a job in the partition low whose CPUs one in high needs: "REQUEUE" or "CANCEL"; nothing when empty.
	PreemptMode string
	// How long it goes on after it was told of that: not at all.
	GraceTime time.Duration

	MinJobAge      time.Duration // how long squeue knows of a job that has ended, at least: 300 s
	KillWait       time.Duration // between SIGTERM and SIGKILL at the time limit and of scancel: 2 s (Slurm's own: 30 s)
	SlurmdTimeout  time.Duration // how long a node is silent before it is down: 5 s (Slurm's own: 300 s)
	MessageTimeout time.Duration // how long a daemon waits for another's answer, and a client too: 10 s

	// Lines of slurm.conf in place of those of the same key, and besides.
	Config []string
}

// A Cluster is a controller and its nodes. Its methods fail the test; all but Env, Nodes and Dir are for the test's own goroutine.
type Cluster struct {
	t     testing.TB
	dir   string
	path  map[string]string // of each program
	nodes []string

	mu      sync.Mutex
	daemons map[string]*process // by the node's name; controller is the controller's
}

const controller = "slurmctld"

// Start starts a Slurm of its own: a controller and the nodes' daemons, with two partitions, low (the default) and high, both of
// all nodes. It skips the test where Slurm is not installed. Everything ends with the test.
func Start(t testing.TB, o Options) *Cluster {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("Slurm is started on Linux alone")
	}
	c := &Cluster{t: t, path: map[string]string{}, daemons: map[string]*process{}}
	for _, name := range []string{controller, "slurmd", "sbatch", "squeue", "sinfo", "scontrol", "scancel"} {
		path, err := find(name)
		if err != nil {
			t.Skipf("Slurm is not installed: no %s (Debian: apt-get install slurm-wlm)", name)
		}
		c.path[name] = path
	}
	for i := range cmpOr(o.Nodes, 3) {
		c.nodes = append(c.nodes, fmt.Sprintf("n%d", i+1))
	}
	var err error
	if c.dir, err = os.MkdirTemp("", "slurm"); err != nil { // not t.TempDir: a socket's path is of 107 bytes
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.end()
		if t.Failed() {
			c.tell()
		}
		if err := os.RemoveAll(c.dir); err != nil {
			t.Error(err)
		}
	})
	for try := 1; ; try++ { // between choosing a port and using it, someone else may
		if err := c.configure(o); err != nil {
			t.Fatal(err)
		}
		err := c.up()
		if err == nil {
			return c
		}
		c.end()
		if try == 3 {
			t.Fatal("Slurm does not come up: ", err)
		}
		t.Log("Slurm did not come up, once more: ", err)
	}
}

// configure writes slurm.conf, with ports that are free.
func (c *Cluster) configure(o Options) error {
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	name, _, _ = strings.Cut(name, ".")
	who, err := user.Current()
	if err != nil {
		return err
	}
	ports, err := freePorts(1 + len(c.nodes))
	if err != nil {
		return err
	}
	for _, d := range []string{"state", "spool"} {
		if err := os.MkdirAll(filepath.Join(c.dir, d), 0o700); err != nil {
			return err
		}
	}

	var conf conf
	conf.replaced = o.Config
	conf.set("ClusterName", "maestro")
	// Nobody is asked who they are, so it listens to this machine alone, where the host's name allows it.
	address := "127.0.0.1"
	if ips, err := net.LookupHost(name); err == nil && len(ips) > 0 && net.ParseIP(ips[0]).IsLoopback() && net.ParseIP(ips[0]).To4() != nil {
		address = ips[0]
		conf.set("CommunicationParameters", "NoInAddrAny,NoCtldInAddrAny")
	}
	conf.set("SlurmctldHost", fmt.Sprintf("%s(%s)", name, address))
	conf.set("SlurmctldPort", ports[0])
	conf.set("SlurmUser", who.Username)
	conf.set("SlurmdUser", who.Username)
	conf.set("AuthType", "auth/none")
	conf.set("CredType", "cred/none")
	conf.set("AuthInfo", "cred_expire=1") // a job that is queued again waits for longer than this: by default 121 s
	conf.set("StateSaveLocation", c.dir+"/state")
	conf.set("SlurmdSpoolDir", c.dir+"/spool/%n")
	conf.set("SlurmctldPidFile", c.dir+"/slurmctld.pid")
	conf.set("SlurmdPidFile", c.dir+"/%n.pid")
	conf.set("SlurmctldLogFile", c.dir+"/slurmctld.log")
	conf.set("SlurmdLogFile", c.dir+"/%n.log")
	conf.set("ProctrackType", "proctrack/linuxproc")
	conf.set("TaskPlugin", "task/none")
	conf.set("SwitchType", "switch/none")
	conf.set("MpiDefault", "none")
	conf.set("JobAcctGatherType", "jobacct_gather/none")
	conf.set("AccountingStorageType", "accounting_storage/none")
	conf.set("SelectType", "select/cons_tres")
	conf.set("SelectTypeParameters", "CR_CPU")
	conf.set("SlurmdParameters", "config_overrides") // CPUs and memory are what we say
	conf.set("ReturnToService", 2)
	conf.set("JobRequeue", 1)
	conf.set("SchedulerType", "sched/backfill")
	conf.set("SchedulerParameters", "batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1")
	conf.set("MinJobAge", seconds(o.MinJobAge, 300))
	conf.set("KillWait", seconds(o.KillWait, 2))
	conf.set("SlurmdTimeout", seconds(o.SlurmdTimeout, 5))
	conf.set("MessageTimeout", seconds(o.MessageTimeout, 10))
	if o.MaxArraySize > 0 {
		conf.set("MaxArraySize", o.MaxArraySize)
	}
	if o.MaxJobCount > 0 {
		conf.set("MaxJobCount", o.MaxJobCount)
	}
	low := ""
	if o.PreemptMode != "" {
		conf.set("PreemptType", "preempt/partition_prio")
		conf.set("PreemptMode", o.PreemptMode)
		low = fmt.Sprintf(" PreemptMode=%s GraceTime=%d", o.PreemptMode, seconds(o.GraceTime, 0))
	}
	for i, node := range c.nodes {
		conf.add("NodeName=%s NodeHostname=%s NodeAddr=%s Port=%d CPUs=%d RealMemory=65536", node, name, address, ports[1+i], cmpOr(o.CPUs, 2))
	}
	conf.add("PartitionName=low Nodes=ALL Default=YES PriorityTier=1%s", low)
	conf.add("PartitionName=high Nodes=ALL PriorityTier=2")
	for _, line := range o.Config {
		conf.add("%s", line)
	}
	return os.WriteFile(c.conf(), conf.text.Bytes(), 0o644)
}

// conf is a slurm.conf in the making.
type conf struct {
	text     bytes.Buffer
	replaced []string // lines whose keys are not set here
}

func (f *conf) set(key string, value any) {
	for _, line := range f.replaced {
		if k, _, _ := strings.Cut(line, "="); strings.EqualFold(strings.TrimSpace(k), key) {
			return
		}
	}
	f.add("%s=%v", key, value)
}

func (f *conf) add(format string, a ...any) { fmt.Fprintf(&f.text, format+"\n", a...) }

// seconds rounds up, for Slurm's times are whole seconds.
func seconds(d time.Duration, unset int) int {
	if d <= 0 {
		return unset
	}
	return int((d + time.Second - 1) / time.Second)
}

func cmpOr(n, unset int) int {
	if n > 0 {
		return n
	}
	return unset
}

// up starts every daemon and waits until all nodes are idle.
func (c *Cluster) up() error {
	for _, name := range append([]string{controller}, c.nodes...) {
		if err := c.launch(name); err != nil {
			return err
		}
	}
	return c.wait(30*time.Second, "all nodes are idle", func() (bool, error) {
		for _, name := range append([]string{controller}, c.nodes...) {
			if !c.daemons[name].running() {
				return false, fmt.Errorf("%s has ended: %s", name, c.last(name))
			}
		}
		states, _, err := c.run("sinfo", "--noheader", "--Node", "--partition=low", "--format=%T")
		return err == nil && strings.Count(states, "idle\n") == len(c.nodes), nil
	})
}

func (c *Cluster) launch(name string) error {
	argv := []string{c.path[controller], "-D", "-f", c.conf()}
	if name != controller {
		argv = []string{c.path["slurmd"], "-D", "-f", c.conf(), "-N", name}
	}
	p, err := launch(c.output(name), argv...)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.daemons[name] = p
	return nil
}

// wait asks until the answer is yes.
func (c *Cluster) wait(patience time.Duration, what string, ask func() (bool, error)) error {
	for end := time.Now().Add(patience); ; time.Sleep(30 * time.Millisecond) {
		if yes, err := ask(); yes || err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("not within %v: %s", patience, what)
		}
	}
}

// end kills everything.
func (c *Cluster) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.daemons { // all are told before any is waited for
		_ = p.leash.Close()
	}
	for _, p := range c.daemons {
		<-p.done
	}
	clear(c.daemons)
}

// tell logs how the daemons' own words ended.
func (c *Cluster) tell() {
	for _, name := range append([]string{controller}, c.nodes...) {
		c.t.Logf("%s: %s", name, c.last(name))
	}
}

func (c *Cluster) last(name string) string {
	text, _ := os.ReadFile(c.output(name))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}

func (c *Cluster) conf() string              { return filepath.Join(c.dir, "slurm.conf") }
func (c *Cluster) output(name string) string { return filepath.Join(c.dir, name+".out") }

// Nodes are the nodes' names.
func (c *Cluster) Nodes() []string { return slices.Clone(c.nodes) }

// Env is what a client needs beside os.Environ() to find the cluster.
func (c *Cluster) Env() []string { return []string{"SLURM_CONF=" + c.conf()} }

// Command runs sbatch, squeue, scontrol, ... with Env and returns what it printed.
func (c *Cluster) Command(name string, args ...string) (stdout string) {
	c.t.Helper()
	stdout, stderr, err := c.run(name, args...)
	if err != nil {
		c.t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, stderr)
	}
	return stdout
}

func (c *Cluster) run(name string, args ...string) (stdout, stderr string, err error) {
	path := c.path[name]
	if path == "" {
		path = name
	}
	var out, errOut bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Env = append(clean(), c.Env()...)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	return out.String(), errOut.String(), err
}

// KillNode ends a node as a power cut does: its daemon, and the jobs on it with all that they started, by SIGKILL.
func (c *Cluster) KillNode(name string) {
	c.t.Helper()
	c.take(name).kill()
}

// StartNode starts a node that was killed, and waits until the controller takes it for well.
func (c *Cluster) StartNode(name string) {
	c.t.Helper()
	c.start(name, func() bool {
		state, _, err := c.run("sinfo", "--noheader", "--Node", "--partition=low", "--nodes="+name, "--format=%T")
		switch strings.TrimSpace(state) {
		case "idle", "mixed", "allocated", "completing":
			return err == nil
		}
		return false
	})
}

// StopController ends the controller as an administrator does: it saves its state first. Jobs that run go on.
func (c *Cluster) StopController() {
	c.t.Helper()
	if !c.take(controller).stop(30 * time.Second) {
		c.t.Fatal("the controller did not end by SIGTERM")
	}
}

// KillController ends the controller by SIGKILL: what it has not saved yet, up to some seconds, is lost.
func (c *Cluster) KillController() {
	c.t.Helper()
	c.take(controller).kill()
}

// StartController starts the controller with the state it had, and waits until it answers.
func (c *Cluster) StartController() {
	c.t.Helper()
	c.start(controller, func() bool {
		_, _, err := c.run("scontrol", "ping")
		return err == nil
	})
}

// take removes a daemon that runs.
func (c *Cluster) take(name string) *process {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.daemons[name]
	if p == nil {
		c.t.Fatalf("%s does not run", name)
	}
	delete(c.daemons, name)
	return p
}

func (c *Cluster) start(name string, well func() bool) {
	c.t.Helper()
	if c.daemons[name] != nil || name != controller && !slices.Contains(c.nodes, name) {
		c.t.Fatalf("%s runs, or is none of the cluster's", name)
	}
	err := c.launch(name)
	if err == nil {
		err = c.wait(30*time.Second, name+" is well", func() (bool, error) {
			if !c.daemons[name].running() { // its port may be in the way of a connection, for a while
				time.Sleep(200 * time.Millisecond)
				return false, c.launch(name)
			}
			return well(), nil
		})
	}
	if err != nil {
		c.t.Fatal(err, ": ", c.last(name))
	}
}

// find looks for a program also where daemons are, which need not be in a user's PATH.
func find(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return filepath.Abs(path)
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// freePorts are ports that nobody listens to, outside of those that the system gives to outgoing connections: a daemon that is
// started again finds its own still free.
func freePorts(n int) (ports []int, err error) {
	low := 32768
	if text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) == 2 {
			low, _ = strconv.Atoi(fields[0])
		}
	}
	const first = 10000
	var listeners []net.Listener
	defer func() {
		for _, l := range listeners {
			_ = l.Close()
		}
	}()
	for try := 0; len(ports) < n; try++ {
		if try > 1000 {
			return nil, errors.New("no free ports")
		}
		port := 0 // the system's choice
		if low > first+1000 {
			port = first + rand.IntN(low-first)
		}
		l, err := net.Listen("tcp4", fmt.Sprintf(":%d", port))
		if err != nil {
			continue
		}
		listeners = append(listeners, l)
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
