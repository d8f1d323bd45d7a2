// Package slurmtest starts a real Slurm for a test: see Start. Nobody is asked who they are (auth/none): while it
// runs, whoever reaches its ports, which are this machine's own where its name is of 127.0.0.0/8, runs jobs as the
// test's user, or any if that is root.
//
// What clients see of Slurm 22.05.8, the version of Debian 12; the package's tests hold most of it. Times are those
// of Options' zero value:
//
//   - squeue --array --format="%i|%j|%T|%r|%Z|%k" says of a task that waits 7_3|name|PENDING|reason|folder|comment, where the
//     reason is first None, then Priority, Resources, JobArrayTaskLimit (the array's %N), BeginTime (it was queued again) or
//     "ReqNodeNotAvail, UnavailableNodes:n1". RUNNING, COMPLETING and, for an instant, SIGNALING are other states; None is their
//     reason. No comment is (null). Names and comments are as given, with | and line breaks: what may have them belongs last.
//   - Of jobs that have ended squeue tells with --states=all alone: COMPLETED, FAILED, CANCELLED, TIMEOUT, NODE_FAIL, PREEMPTED; for
//     MinJobAge and a few seconds. An id that was never given or is forgotten is "Invalid job id specified", exit status 1, where
//     it is the only one asked for; among several, though all be such, or as a task of an array that is known, it is no line and
//     status 0. scancel of such an id: status 0, no words.
//   - sbatch's last line of stderr, exit status 1: "Invalid job array specification" for an index of MaxArraySize or more, "Invalid
//     partition name specified". A job that no node has the CPUs for is taken, and waits with the reason PartitionConfig. A folder
//     for its output that is missing makes the job FAILED with JobLaunchFailure; a missing folder to work in has it run in /tmp.
//   - Without a controller clients try for MessageTimeout less a second ("Unable to contact slurm controller (connect failure)",
//     status 1; scancel's is 8); scontrol ping fails at once. Where it is there and silent they wait for MessageTimeout ("Socket
//     timed out on send/recv operation"), and the job that sbatch said was not submitted may yet be. A client waits for less with a
//     SLURM_CONF of its own: a copy with another MessageTimeout.
//   - A controller that is killed forgets the jobs submitted in its last 5 s, or so, and gives their ids again. One that was stopped
//     starts with all; for some seconds its nodes are unknown and nothing starts. Jobs run on meanwhile.
//   - The jobs of a node that is lost are queued again, in 12 s or so (26 s where MessageTimeout is Slurm's own), with the same id
//     and SLURM_RESTART_COUNT=1 (unset before), also those that did not ask for it, where JobRequeue is 1; with --no-requeue they
//     are NODE_FAIL. scontrol update nodename=n1 state=down reason=lost makes that at once. They start 6 s later at the soonest:
//     cred_expire, 120 s by default, and one. A job that merely fails is never queued again.
//   - Preemption without a GraceTime, and scancel: SIGCONT and SIGTERM, in any order, to every process, the script included, SIGKILL
//     after KillWait (and up to 3 s). The job is COMPLETING until then; then PREEMPTED, or PENDING with BeginTime. Also where it is
//     preempted by REQUEUE, a job of --no-requeue is PREEMPTED.
//   - A GraceTime begins with SIGCONT and SIGTERM to what srun started, not to the script nor what it started itself. The script
//     hears of it with SlurmctldParameters=preempt_send_user_signal (see Options.Config) and --signal=B:USR1: that signal, to it
//     alone, in place of SIGTERM. The job is RUNNING until the grace ends, and ends as above. The grace is never less than KillWait
//     and MessageTimeout together, which Slurm waits for before it preempts once more.
//   - --signal=B:TERM@N goes to the script alone, without B: to what srun started alone, N seconds before the time limit, or up to 30
//     earlier: limits are looked at every 30 s. The job's output says "CANCELLED" of SIGTERM, though it goes on.
//   - scontrol show config has the lines "MaxArraySize            = 1001" and "MaxJobCount             = 10000".
package slurmtest

import (
	"bytes"
	"cmp"
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
	"testing"
	"time"
)

// Options are what a cluster is like. A zero value is what the comment says.
type Options struct {
	Nodes int // 3, named n1, n2, ...
	CPUs  int // of each node, whatever the machine has: 2

	MaxArraySize int // Slurm's own: 1001, which is one more than the largest index
	MaxJobCount  int // Slurm's own: 10000

	// What becomes of a job in the partition low whose CPUs one in high needs: "REQUEUE" or "CANCEL"; nothing when
	// empty.
	PreemptMode string
	// How long it goes on once its steps were told so, at least: not at all.
	GraceTime time.Duration

	// Whole seconds.
	MinJobAge time.Duration // how long squeue knows of a job that has ended, at least: 300 s
	// from SIGTERM to SIGKILL of a job that is cancelled or preempted: 2 s (Slurm's own: 30 s)
	KillWait       time.Duration
	SlurmdTimeout  time.Duration // how long a node is silent before it is down, at least: 5 s (Slurm's own: 300 s)
	MessageTimeout time.Duration // how long a client or daemon waits for an answer: 3 s (Slurm's own: 10 s)

	// Lines of slurm.conf in place of those of the same key, and besides.
	Config []string
}

// A Cluster is a controller and its nodes. Its methods fail the test, and are for the test's own goroutine, but for
// Env and Nodes.
type Cluster struct {
	t       testing.TB
	dir     string
	path    map[string]string // of each program
	nodes   []string
	daemons map[string]*process // by the node's name; controller is the controller's
}

const controller = "slurmctld"

// Start starts a Slurm of its own: a controller and the nodes' daemons, with two partitions, low (the default) and
// high, both of all nodes. It skips the test where Slurm is not installed. Everything ends with the test. Call
// t.TempDir for what jobs write to before Start, so that they end before it is removed.
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
	for i := range cmp.Or(o.Nodes, 3) {
		c.nodes = append(c.nodes, fmt.Sprintf("n%d", i+1))
	}
	var err error
	if c.dir, err = os.MkdirTemp("", "slurm"); err != nil { // not t.TempDir: a socket's path is of 107 bytes
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.end()
		if t.Failed() {
			t.Log("how the controller's own words ended: ", c.last(controller))
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
		if try == 5 {
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
	if ips, err := net.LookupHost(name); err == nil && len(ips) > 0 && net.ParseIP(ips[0]).IsLoopback() &&
		net.ParseIP(ips[0]).To4() != nil {
		address = ips[0]
		conf.set("CommunicationParameters", "NoInAddrAny,NoCtldInAddrAny")
	}
	conf.set("SlurmctldHost", fmt.Sprintf("%s(%s)", name, address))
	conf.set("SlurmctldPort", ports[0])
	conf.set("SlurmUser", who.Username)
	conf.set("SlurmdUser", who.Username)
	conf.set("AuthType", "auth/none")
	conf.set("CredType", "cred/none")
	// A job that is queued again waits for longer than this: by default for 121 s, and so where less than 5 is asked
	// for.
	conf.set("AuthInfo", "cred_expire=5")
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
	conf.set("MessageTimeout", seconds(o.MessageTimeout, 3))
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
		conf.add("NodeName=%s NodeHostname=%s NodeAddr=%s Port=%d CPUs=%d RealMemory=65536", node, name, address,
			ports[1+i], cmp.Or(o.CPUs, 2))
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
	for _, p := range c.daemons { // all are told before any is waited for
		_ = p.leash.Close()
	}
	for _, p := range c.daemons {
		<-p.done
	}
	clear(c.daemons)
}

func (c *Cluster) last(name string) string {
	text, _ := os.ReadFile(c.output(name))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
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

// freePorts are ports that nobody listens to, outside of those that the system gives to outgoing connections: a
// daemon that is started again finds its own still free.
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
