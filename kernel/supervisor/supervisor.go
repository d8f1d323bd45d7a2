package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/maestro-lod/notebook/kernel/live"
)

// Settings are what the supervisor is told by its caller.
type Settings struct {
	ConnectionFile string   // Jupyter's
	GoNB           string   // the program
	Args           []string // GoNB's, beside those that the supervisor gives it
	Environ        []string // of GoNB, and so of cells; the supervisor sets TMPDIR and BASH_ENV in it

	Cache string // the folder for the program that living cells run in; "" where they are run by GoNB alone
	Root  string // the checkout that they import
}

// PortTaken is the exit status of a kernel whose port another program has. Jupyter chooses ports some time before the
// kernel can bind them; its servers then start the kernel again with others.
const PortTaken = 98

// shortTemp is where the sockets lie if the folder for temporary files has a path too long for them.
const shortTemp = "/tmp"

// Run is one kernel's life: until GoNB ends, or Jupyter asks for it, or Jupyter has died. GoNB has a folder of its own
// for temporary files; at the end every process that came of a cell is ended and the folder removed. It returns GoNB's
// exit status.
func Run(s Settings) (int, error) {
	jupyter, err := readConnection(s.ConnectionFile)
	if err != nil {
		return 1, err
	}
	k := kernel{jupyter: os.Getppid()}
	adoptOrphans()
	sweepStale(os.TempDir())
	private, err := newPrivateDir(os.TempDir())
	if err != nil {
		return 1, fmt.Errorf("making a folder for temporary files: %w", err)
	}
	defer private.remove()
	sockets := private.path
	if !holdsSockets(os.TempDir()) {
		short, err := newPrivateDir(shortTemp)
		if err != nil {
			return 1, fmt.Errorf("making a folder for sockets: %w", err)
		}
		defer short.remove()
		sweepStale(shortTemp)
		sockets = short.path
	}
	behind := jupyter.behind(sockets)
	// GoNB reads the kernel's name in Jupyter from the name of the file.
	file := filepath.Join(private.path, filepath.Base(s.ConnectionFile))
	if err := behind.write(file); err != nil {
		return 1, fmt.Errorf("writing GoNB's connection file: %w", err)
	}
	commands := newCommands(private.path)
	k.gonb = s.gonb(file, private.path, "BASH_ENV="+commands.script)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	k.proxy, err = newProxy(ctx, jupyter, commands, func(ctx context.Context, began instant) {
		endCell(ctx, k.gonb.Process.Pid, k.proxy.live.pid(), began)
	})
	if errors.Is(err, syscall.EADDRINUSE) {
		return PortTaken,
			fmt.Errorf("%w: Jupyter chose it, and another program took it meanwhile; start the kernel again", err)
	}
	if err != nil {
		return 1, err
	}
	if s.Cache != "" {
		k.proxy.live = openLive(ctx, s.live(filepath.Base(s.ConnectionFile), private.path))
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	k.signals = signals
	orphans := make(chan os.Signal, 1)
	signal.Notify(orphans, syscall.SIGCHLD)
	k.orphans = orphans
	defer endDescendants(orphanGrace)
	if err := k.gonb.Start(); err != nil {
		return 1, fmt.Errorf("starting GoNB: %w", err)
	}
	if err := commands.install(k.gonb.Process.Pid, get(s.Environ, "BASH_ENV")); err != nil {
		return 1, fmt.Errorf("writing what bash reads: %w", err)
	}
	broken := make(chan error, 1)
	go func() { broken <- k.proxy.run(ctx, behind) }()
	k.broken = broken
	return k.live()
}

// gonb is the command that runs GoNB, with its temporary files in tmp and in an environment of s with settings added:
// in a process group of its own, so that a signal sent to ours does not reach it.
func (s Settings) gonb(connectionFile, tmp string, settings ...string) *exec.Cmd {
	cmd := exec.Command(s.GoNB, append([]string{"--kernel", connectionFile,
		// GoNB's log goes to a file in tmp; only errors reach Jupyter's own output.
		"-logtostderr=false", "-stderrthreshold=FATAL", "-log_dir", tmp}, s.Args...)...)
	// of two settings of a name the last one counts
	cmd.Env = append(slices.Clone(s.Environ), append(settings, "TMPDIR="+tmp)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// kernelID is what Jupyter calls the kernel, by the name of its connection file.
var kernelID = regexp.MustCompile(`^kernel-(.+)\.json$`)

// live are the settings of living cells, which have the folder for their temporary files.
func (s Settings) live(connectionFile, tmp string) live.Settings {
	env := append(slices.Clone(s.Environ), "TMPDIR="+tmp)
	if m := kernelID.FindStringSubmatch(connectionFile); m != nil {
		env = append(env, protocol.GONB_JUPYTER_KERNEL_ID_ENV+"="+m[1])
	}
	dir, err := os.Getwd()
	if err != nil {
		dir = tmp
	}
	return live.Settings{Root: s.Root, Cache: s.Cache, Folder: tmp, WorkDir: dir, Environ: env}
}

func get(env []string, name string) (value string) {
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			value = v
		}
	}
	return value
}
