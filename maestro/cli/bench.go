package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/bench"
	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/captions"
	"github.com/maestro-lod/notebook/maestro/task/named"
)

type benchCommand struct {
	SVD      benchSVDCommand      `cmd:"" name:"svd" help:"The training loop of the SVD study, beside a PyTorch loop in the same run."`
	Step     benchStepCommand     `cmd:"" help:"The training step of a network, beside a peer in the same run."`
	Compress benchCompressCommand `cmd:"" help:"The greedy search for smaller networks, beside evaluating every candidate naively."`
	Latency  benchLatencyCommand  `cmd:"" help:"A deployed network cut to shares of its MACs, beside the whole one."`
	Sweep    benchSweepCommand    `cmd:"" help:"What a sweep costs beside its trainings, next to Optuna with SQLite in the same run."`
	Workers  benchWorkersCommand  `cmd:"" help:"A sweep's trainings one after another, beside several at once."`
	Worker   benchWorkerCommand   `cmd:"" hidden:"" help:"What bench sweep starts as a worker."`
	Cell     benchCellCommand     `cmd:"" help:"A notebook cell in our kernel, beside GoNB's own kernel in the same run."`
}

type benchSVDCommand struct {
	Steps  int    `default:"2000" help:"Training steps of a run." placeholder:"N"`
	Runs   int    `default:"5" help:"Counted runs, after one warm-up; medians are printed." placeholder:"N"`
	Python string `help:"A Python with torch installed, to time the PyTorch loop too." placeholder:"PATH"`
}

func (b *benchSVDCommand) Run(ctx context.Context, c console) error {
	backend, err := device.Open(ctx)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	result, err := bench.SVD(ctx, backend, bench.SVDOptions{Steps: b.Steps, Runs: b.Runs, Python: b.Python})
	return printJSON(c, result, err)
}

type benchStepCommand struct {
	deviceFlags
	Model     string  `default:"lenet" help:"The network: lenet, resnet18, resnet34, resnet50, vgg19 or transformer."`
	Batch     int     `default:"128" help:"Examples a step." placeholder:"N"`
	Share     float64 `default:"1" help:"Share of every layer's ranks that is kept." placeholder:"F"`
	Steps     int     `default:"60" help:"Counted steps of a round." placeholder:"N"`
	Rounds    int     `default:"3" help:"How often ours and the peer take turns; medians are printed." placeholder:"N"`
	Precision string  `placeholder:"NAME" help:"What products and convolutions compute in, the peer's too: float32 or bfloat16; float32 when it is not given."`
	Python    string  `help:"A Python with torch installed, to time the peer too." placeholder:"PATH"`
	Peer      string  `help:"The peer's script; of a transformer there is one in the program, with torch.nn.Transformer. It takes --model, --batch, --steps, --threads and --rank, and --device, --precision and --compile where those are not its defaults (cpu, float32, no), and prints a JSON line with style, variant (plain, lod or lod+full) and ms, milliseconds a step, for each that it times." placeholder:"PATH"`

	CompilePeer bool `help:"Let the peer compile its step too, with torch.compile; needs --python."`

	Width       int `group:"transformer" placeholder:"N" help:"Width of a transformer; 512 when it is not given."`
	Heads       int `group:"transformer" placeholder:"N" help:"Heads of its attention; 8 when it is not given."`
	Layers      int `group:"transformer" placeholder:"N" help:"Layers of its encoder, and of its decoder; 6 when it is not given."`
	FeedForward int `group:"transformer" placeholder:"N" help:"Width of its feed-forwards; four times its own when it is not given."`
	Pieces      int `group:"transformer" placeholder:"N" help:"Pieces of its vocabulary; 9521 when it is not given."`
	Length      int `group:"transformer" placeholder:"N" help:"Pieces of a sentence; 64 when it is not given."`
}

// settings are those of the benchmark's network, or an error of flags that do not go together.
func (b *benchStepCommand) settings() (runs.Settings, error) {
	s := named.Defaults(b.Model, "")
	s.Model, s.Batch, s.LambdaGL = b.Model, b.Batch, 1e-5
	transformer := b.Model == captions.Model
	if !transformer {
		s.WeightDecay = 1e-4
	}
	if s.Precision = b.Precision; s.Precision == "float32" {
		s.Precision = ""
	}
	text := runs.TextSettings{Heads: b.Heads, Layers: b.Layers, FeedForward: b.FeedForward, Pieces: b.Pieces,
		Length: b.Length}
	switch {
	case !transformer && (b.Width != 0 || text != runs.TextSettings{}):
		return s, fmt.Errorf("--width, --heads, --layers, --feed-forward, --pieces and --length are a transformer's, and "+
			"the model is %s", b.Model)
	case b.Peer != "" && b.Python == "":
		return s, errors.New("--peer is a script of the Python that --python names, and there is none")
	case b.Python != "" && b.Peer == "" && !transformer:
		return s, fmt.Errorf("--python times a peer, and there is none of %s in the program: name its script by --peer",
			b.Model)
	case b.CompilePeer && b.Python == "":
		return s, errors.New("--compile-peer compiles the peer's step, and there is no peer: name one with --python")
	}
	if transformer {
		text.Dropout, text.Smoothing = s.Dropout, s.Smoothing
		s.Width, s.TextSettings = b.Width, text
	}
	return s, named.Check(s)
}

func (b *benchStepCommand) Run(ctx context.Context, c console) error {
	s, err := b.settings()
	if err != nil {
		return err
	}
	backend, _, end, err := b.start(ctx, c)
	if err != nil {
		return err
	}
	defer end()
	result, err := bench.Step(ctx, backend, bench.StepOptions{Settings: s, Share: b.Share, Steps: b.Steps,
		Rounds: b.Rounds,
		Python: b.Python, Peer: b.Peer, Threads: runtime.NumCPU(), Device: peerDevice(backend),
		CompilePeer: b.CompilePeer})
	return printJSON(c, result, err)
}

// networkFlags are those of a benchmark of a network with random weights.
type networkFlags struct {
	Model string `default:"resnet18" help:"The network: lenet, resnet18, resnet34, resnet50 or vgg19."`
	Width int    `placeholder:"N" help:"Channels of its first stage; its published width when it is not given."`
}

func (n networkFlags) settings() (runs.Settings, error) {
	s := runs.Defaults()
	s.Model, s.Width = n.Model, n.Width
	return s, tasks(nil).check(s)
}

type benchCompressCommand struct {
	networkFlags
	Examples  int       `default:"2048" help:"Examples that candidates are scored on." placeholder:"N"`
	Shares    []float64 `default:"0.05,0.1,0.2,0.5" placeholder:"F,F…" help:"Of a layer's ranks that are tried to be removed."`
	Target    float64   `default:"0.25" help:"Share of the MACs to go down to." placeholder:"F"`
	Steps     int       `help:"Stop after so many steps; at the target when it is not given." placeholder:"N"`
	Lazy      bool      `help:"The lazy search."`
	Prefixes  int       `default:"4" help:"Segments that the layers are split into." placeholder:"N"`
	Recompile int       `default:"100" help:"What compiling anew is taken to cost, in evaluations." placeholder:"N"`
	Naive     int       `default:"3" help:"Candidates that are evaluated naively; the rest is extrapolated." placeholder:"N"`
}

func (b *benchCompressCommand) Run(ctx context.Context, c console) error {
	s, err := b.settings()
	if err != nil {
		return err
	}
	search := compress.Defaults()
	search.Examples, search.Shares, search.Lazy, search.Prefixes, search.RecompileEvaluations = b.Examples, b.Shares,
		b.Lazy, b.Prefixes, b.Recompile
	backend, err := device.Open(ctx)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	t := newTerminal(c.err)
	result, err := bench.Compress(ctx, backend, bench.CompressOptions{Settings: s, Search: search, Target: b.Target,
		Steps: b.Steps, Naive: b.Naive, Progress: t.report})
	t.clear()
	return printJSON(c, result, err)
}

type benchLatencyCommand struct {
	deviceFlags
	networkFlags
	Targets []float64 `default:"0.5,0.25" placeholder:"F,F…" help:"Shares of the MACs that the network is cut to, besides the whole one."`
	Batches []int     `default:"1,8,64" placeholder:"N,N…" help:"Batch sizes."`
	Rounds  int       `default:"12" placeholder:"N" help:"How often the networks take turns."`
}

func (b *benchLatencyCommand) Run(ctx context.Context, c console) error {
	s, err := b.settings()
	if err != nil {
		return err
	}
	backend, t, end, err := b.start(ctx, c)
	if err != nil {
		return err
	}
	defer end()
	times := compress.DefaultLatency()
	times.Batches, times.Rounds = b.Batches, b.Rounds
	result, err := bench.Latency(ctx, backend, bench.LatencyOptions{Settings: s, Targets: b.Targets, Times: times,
		Progress: t.report})
	t.clear()
	return printJSON(c, result, err)
}

// peerDevice is what PyTorch calls the device of a backend; "" for a CPU, which is the peer's default.
func peerDevice(backend compute.Backend) string {
	if xla, ok := backend.(interface{ IsCUDA() bool }); ok && xla.IsCUDA() {
		return "cuda"
	}
	return ""
}

type benchCellCommand struct {
	Rounds int `default:"7" help:"How often the kernels take turns; medians are printed." placeholder:"N"`
}

func (b *benchCellCommand) Run(ctx context.Context, c console) error {
	setup, err := prepare(ctx, c)
	if err != nil {
		return err
	}
	result, err := setup.TimeCells(ctx, b.Rounds)
	return printJSON(c, result, err)
}

func printJSON(c console, value any, err error) error {
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(c.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
