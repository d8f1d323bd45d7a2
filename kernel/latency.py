"""Times cells in several kernels in one run, in turns; prints one JSON object: {KERNEL: {CELL: {"median_ms", "p95_ms", "steps_ms"}}}.

usage: latency.py < SETTINGS    settings: {"kernels": {WHO: {"name": KERNELSPEC, "env", "lives"}}, "rounds"}; a kernel whose values live
does in a cell what is new in it, and one whose cells are programs does in each all that the cell needs.
"""
import json
import sys
import time
from statistics import median, quantiles

from jupyter_client import KernelManager

IMPORTS = """import (
	"context"
	"fmt"

	"github.com/janpfeifer/must"

	"github.com/maestro-lod/notebook/kernel/cell/inline"
	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/studies/linear"
	"github.com/maestro-lod/notebook/plots"
)

var (
	_ = fmt.Sprint
	_ = must.M
	_ = inline.Show
	_ = plots.RankDistance
)
"""

LIVING = {
    "begin": IMPORTS + """
ctx := context.Background()
backend := device.Open(ctx)
runner := linear.NewRunner(backend)
settings := linear.DefaultSVD()
r := runner.SVD(ctx, settings, nil)
""",
    "plot": 'figure := plots.RankDistance(r.Distance)\nfigure.Title.Text = "%d"\nfigure',
    "function": "func plus%d(n int) int { return n + settings.Steps }\nplus%d(1)",
    "train": "settings.Seed = %d\nr = runner.SVD(ctx, settings, nil)\nr.Timing.Train",
}

STUDY = """%%%%
ctx := context.Background()
backend := must.M1(device.Open(ctx))
settings := linear.DefaultSVD()
settings.Seed = %d
r := must.M1(linear.SVD(ctx, backend, settings, nil))
"""

PROGRAMS = {
    "begin": IMPORTS + STUDY % 1 + "fmt.Println(r.Timing.Train)\n",
    "plot": STUDY + "must.M(inline.Show(plots.RankDistance(r.Distance)))\n",
    "function": "func plus%d(n int) int { return n + 1 }\n%%%%\nfmt.Println(plus%d(1) + linear.DefaultSVD().Steps)",
    "train": STUDY + "fmt.Println(r.Timing.Train)\n",
}

SMALL = {"begin": 'import "fmt"\n\nvar _ = fmt.Sprint\n%%\nfmt.Println("begun")', "small": "%%%%\nfmt.Println(%d)"}

settings = json.load(sys.stdin)
serial = int(time.time()) % 1_000_000 * 1000  # a number that no earlier cell had, or a build cache would answer


class Kernel:
    def __init__(self, name, env, begin):
        for attempt in range(5):
            self.manager = KernelManager(kernel_name=name)
            self.manager.start_kernel(env=env)
            self.client = self.manager.blocking_client()
            self.client.start_channels()
            try:
                self.client.wait_for_ready(timeout=120)
                break
            except RuntimeError:  # it ended, as it does where another program has taken one of its ports
                self.end()
                if attempt == 4:
                    raise
        self.steps = {}
        self.run(begin)

    def run(self, code):
        said = []
        began = time.monotonic()
        reply = self.client.execute_interactive(code, timeout=300, output_hook=said.append)["content"]
        took = time.monotonic() - began
        if reply["status"] != "ok":
            sys.exit("a cell failed: " + " ".join(m["content"].get("text") or m["content"].get("evalue", "") for m in said)[-400:])
        self.steps = reply.get("maestro_ms", {})
        return took

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


running = []
took, steps = {}, {}
try:
    for who, k in settings["kernels"].items():
        for cells in (LIVING if k["lives"] else PROGRAMS, SMALL):
            running.append((who, Kernel(k["name"], k["env"], cells["begin"]), cells))
    for turn in range(settings["rounds"] + 1):  # the first is not counted
        for who, kernel, cells in running:
            for kind, code in cells.items():
                if kind == "begin":
                    continue
                serial += 1
                seconds = kernel.run(code.replace("%d", str(serial)).replace("%%%%", "%%"))
                if turn > 0:
                    took.setdefault((who, kind), []).append(seconds)
                    for step, ms in kernel.steps.items():
                        steps.setdefault((who, kind), {}).setdefault(step, []).append(ms)
finally:
    for _, kernel, _ in running:
        kernel.end()


def p95(values):
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


answer = {}
for (who, kind), values in took.items():
    answer.setdefault(who, {})[kind] = {
        "median_ms": round(1e3 * median(values), 1), "p95_ms": round(1e3 * p95(values), 1),
        "steps_ms": {step: round(median(ms), 1) for step, ms in steps.get((who, kind), {}).items()}}
print(json.dumps(answer))
