package live

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/maestro-lod/notebook/kernel/live/wire"
	"github.com/maestro-lod/notebook/maestro/cache"
)

// Settings are what a session is told by its caller.
type Settings struct {
	Root     string        // the checkout that cells import
	Cache    string        // the folder for the program that cells live in, which is linked where it is not there
	Folder   string        // for temporary files; the caller removes it
	WorkDir  string        // where cells begin
	Environ  []string      // of the go command and of cells
	Patience time.Duration // after an interrupt, before a cell that does not end is given up; 0 for 2 seconds

	Libraries []string // that cells are likely to import; nil for those of package live

	Report cache.Progress // is told of packages that are compiled, and of the link
}

// Session is a notebook's: its names, and the process that holds their values. Its methods are for one goroutine, but
// for Interrupt, Deliver, Complete and Help.
type Session struct {
	settings Settings
	mu       sync.Mutex // of what follows, for Compile, Start, Complete and Help
	tools    *Toolchain
	names    *names
	process  *process
	unit     int // the last one
	lives    int // how many processes there were
	again    map[string]*ran
}

// ran is a cell that was run, and can be run again as it is while the names that it uses and declares are the same.
type ran struct {
	plugin string
	uses   map[string]*Entry
	own    []*Entry
}

// New returns a session that has no process yet: the first cell starts it.
func New(ctx context.Context, s Settings) (*Session, error) {
	if s.Patience == 0 {
		s.Patience = 2 * time.Second
	}
	tools, err := NewToolchain(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := tools.Prepare(ctx); err != nil {
		return nil, err
	}
	return &Session{settings: s, tools: tools, names: newNames(), again: map[string]*ran{}}, nil
}

// Compiled is a cell that is ready to run.
type Compiled struct {
	Cell  int
	Args  []string
	Took  Steps // to compile it
	built built
	own   []*Entry
	text  string
	uses  map[string]*Entry
	draft *draft
	lost  []string // variables that do not outlive the cell
	redo  bool
}

// Compile makes a cell ready to run; count is its number for people. Its errors are Problems where they are the
// cell's. The cell's names are the session's once Start has been called.
func (s *Session) Compile(ctx context.Context, count int, c Cell) (*Compiled, error) {
	if strings.TrimSpace(c.Code) == "" {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.again[c.Code]; old != nil && s.names.current(maps.Values(old.uses)) &&
		s.names.current(slices.Values(old.own)) && s.process != nil {
		return &Compiled{Cell: count, Args: c.Args, built: built{plugin: old.plugin}, redo: true}, nil
	}
	number := s.unit + 1
	took := Steps{}
	var tr *translation
	err := took.time("translate", func() (err error) {
		tr, err = translate(ctx, s.tools, s.names, number, count, c.Code)
		return err
	})
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(s.settings.Folder, "units")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	embeds, err := tr.embeds(s.workDir())
	if err != nil {
		return nil, err
	}
	s.unit = number
	b, err := s.tools.Build(ctx, folder, number, tr.unit.source, embeds, took)
	if err != nil {
		return nil, err
	}
	p, err := s.tools.Import(ctx, unitPath(number))
	if err != nil {
		return nil, err
	}
	own := tr.entries(p, number, count, s.names)
	return &Compiled{Cell: count, Args: c.Args, Took: took, built: b, own: own, text: c.Code, uses: tr.rewriter.uses,
		draft: tr.rewriter.draft,
		lost:  tr.lost()}, nil
}

// workDir is where the process is now.
func (s *Session) workDir() string {
	if s.process != nil {
		if dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", s.process.cmd.Process.Pid)); err == nil {
			return dir
		}
	}
	return s.settings.WorkDir
}

// Start has the cell run. Its events come from Events; stdin is the pipe that a person's answers come from, or "".
func (s *Session) Start(c *Compiled, stdin string) error {
	if s.process == nil {
		if err := s.startProcess(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.redo {
		s.tools.opened(c.built)
		s.names.adopt(c.draft, c.own, c.lost)
		s.again[c.text] = &ran{plugin: c.built.plugin, uses: c.uses, own: c.own}
	}
	s.process.mu.Lock()
	s.process.current = c.Cell
	s.process.mu.Unlock()
	s.process.send(wire.Command{Do: wire.Run, Cell: c.Cell, Plugin: c.built.plugin, Args: c.Args, Stdin: stdin})
	return nil
}

func (s *Session) startProcess() error {
	s.lives++
	folder := filepath.Join(s.settings.Folder, fmt.Sprintf("host-%d", s.lives))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	p, err := startHost(s.tools.made.host(), folder, s.settings.WorkDir, s.settings.Environ)
	s.process = p
	return err
}

// Events is where what the process says comes from; nil before the first cell.
func (s *Session) Events() <-chan Event {
	if s.process == nil {
		return nil
	}
	return s.process.out
}

// Pid is the process's number; 0 where there is none.
func (s *Session) Pid() int {
	if s.process == nil {
		return 0
	}
	return s.process.cmd.Process.Pid
}

// Interrupt ends the running cell at its next check, and gives it up where it comes to none.
func (s *Session) Interrupt() {
	if s.process != nil {
		s.process.send(wire.Command{Do: wire.Interrupt, Patience: int(s.settings.Patience.Milliseconds())})
	}
}

// Deliver hands a value from the page to the cell that listens at the address.
func (s *Session) Deliver(address string, value any) bool {
	return s.process != nil && s.process.deliver(address, value)
}

// Kill ends the process, of which an event tells.
func (s *Session) Kill() {
	if s.process != nil {
		s.process.end()
	}
}

// Reset forgets every name. Call it when the process has ended, whose values are lost with it.
func (s *Session) Reset() {
	s.process = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tools.begin()
	old := s.names
	s.names, s.again = newNames(), map[string]*ran{}
	s.names.imports, s.names.blank, s.names.dots = old.imports, old.blank, old.dots
}

// Setenv sets a variable of cells' environment.
func (s *Session) Setenv(name, value string) {
	s.settings.Environ = append(s.settings.Environ, name+"="+value)
	if s.process != nil {
		s.process.send(wire.Command{Do: wire.Setenv, Name: name, Value: value})
	}
}

// Chdir changes the folder that cells run in.
func (s *Session) Chdir(dir string) error {
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(s.workDir(), dir)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("no folder %s", dir)
	}
	s.settings.WorkDir = dir
	if s.process != nil {
		s.process.send(wire.Command{Do: wire.Chdir, Value: dir})
	}
	return nil
}

// AskSizes has the process tell how large variables are, in an event of kind wire.Sizes.
func (s *Session) AskSizes() bool {
	if s.process != nil {
		s.process.send(wire.Command{Do: wire.Sizes})
	}
	return s.process != nil
}

// Delete takes a name out of the session, and empties it if it is a variable.
func (s *Session) Delete(name string) error {
	e := s.names.entries[name]
	if e == nil {
		return fmt.Errorf("no cell has declared %s", name)
	}
	delete(s.names.entries, name)
	if e.Kind == "variable" && s.process != nil {
		s.process.send(wire.Command{Do: wire.Forget, Name: name, Unit: e.unit})
	}
	return nil
}

// Entries are the session's names, sorted.
func (s *Session) Entries() []*Entry { return s.names.sorted() }

// Key is the name by which the process tells a variable's size.
func (e *Entry) Key() string { return fmt.Sprintf("%d.%s", e.unit, e.Name) }

// Supported tells whether cells' values can live here: package object knows the system's object files, and the C
// compiler that links them is there.
func Supported() bool {
	_, err := exec.LookPath("gcc")
	return err == nil && runtime.GOOS == "linux" && (runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64")
}
