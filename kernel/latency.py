"""Times a cell in two kernels in one run, in turns, and the steps that a cell is made of; prints one JSON object.

usage: latency.py < SETTINGS    settings: {"kernels": {WHO: {"name": KERNELSPEC, "env", "gets"}}, "root", "rounds", "dir"}
"""
import json
import os
import re
import subprocess
import sys
import time
from datetime import datetime
from statistics import median

from jupyter_client import KernelManager

IMPORTS = """import (
	"context"
	"fmt"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/janpfeifer/must"

	"github.com/maestro-lod/notebook/maestro/device"
)
"""

BODY = """began := time.Now()
backend := must.M1(device.Open(context.Background()))
opened := time.Now()
scaled := func(x *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.MulScalar(x, %d)) }
fmt.Println(must.M1(graph.ExecOnce(backend, scaled, []float32{1, 2, 3})))
fmt.Println("timed", opened.Sub(began).Milliseconds(), time.Since(opened).Milliseconds())
"""

settings = json.load(sys.stdin)
serial = int(time.time()) % 1_000_000 * 100  # a constant that no earlier cell had, or Go's build cache would answer


def body():
    global serial
    serial += 1
    return BODY % serial


class Kernel:
    """A kernel that has run a cell and completed a name, so that nothing of its start is left to do."""

    def __init__(self, name, env):
        for attempt in range(5):
            began = time.monotonic()
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
        self.complete()
        self.first_completion = time.monotonic() - began
        self.run(IMPORTS + "\n%%\n" + body())

    def run(self, code):
        said = []
        began = time.monotonic()
        reply = self.client.execute_interactive(code, timeout=300, output_hook=said.append)["content"]
        took = time.monotonic() - began
        if reply["status"] != "ok":
            sys.exit("a cell failed: " + " ".join(m["content"].get("text") or m["content"].get("evalue", "") for m in said)[-400:])
        return took

    def complete(self):
        code = IMPORTS + "\n%%\nfmt.Prin"
        began = time.monotonic()
        for _ in range(20):  # GoNB answers with nothing while gopls loads
            if self.client.complete(code, len(code), reply=True, timeout=60)["content"]["matches"]:
                return time.monotonic() - began
        sys.exit("the kernel completes nothing")

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


def indent(text):
    return "".join("\t" + line for line in text.splitlines(True))


def parts(where, env, gets):
    """The steps GoNB takes for a cell, one by one, in a folder like its own."""
    took = {}

    def step(name, *command):
        began = time.monotonic()
        done = subprocess.run(command, cwd=where, env=env, capture_output=True, text=True)
        took[name] = time.monotonic() - began
        if done.returncode:
            sys.exit(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    with open(os.path.join(where, "main.go"), "w") as f:
        f.write("package main\n\n" + IMPORTS + "\nfunc main() {\n" + indent(body()) + "}\n")
    step("goimports", "goimports", "-w", "main.go")
    if gets:
        step("go get", "go", "get")
    step("build", "go", "build", "-debug-actiongraph=graph.json", "-o", "cell")
    seconds = {}
    with open(os.path.join(where, "graph.json")) as f:
        for action in json.load(f):
            if action["Package"] == "cell":
                moment = lambda name: datetime.fromisoformat(re.sub(r"\.(\d{6})\d*", r".\1", action[name]).replace("Z", "+00:00"))
                try:
                    seconds[action["Mode"]] = (moment("TimeDone") - moment("TimeStart")).total_seconds()
                except (KeyError, ValueError):  # an action that was not needed
                    pass
    took["compile"], took["link"] = seconds["build"], seconds["link"]
    took["go build: the rest"] = took.pop("build") - took["compile"] - took["link"]
    opening, computing = map(float, re.search(r"timed (\d+) (\d+)", step("process", "./cell")).groups())
    took["XLA client"], took["compute"] = opening / 1e3, computing / 1e3
    took["process"] -= took["XLA client"] + took["compute"]
    return took


kernels, folders = {}, {}
cells, steps, completions = {}, {}, {}
try:
    for who, k in settings["kernels"].items():
        kernels[who] = Kernel(k["name"], k["env"])
        folders[who] = os.path.join(settings["dir"], who)
        os.mkdir(folders[who])
        for command in ["mod", "init", "cell"], ["work", "init", ".", settings["root"]]:
            subprocess.run(["go", *command], cwd=folders[who], env=k["env"], check=True, capture_output=True)
        parts(folders[who], k["env"], k["gets"])  # not counted
    for _ in range(settings["rounds"]):
        for who, kernel in kernels.items():
            cells.setdefault(who, []).append(kernel.run("%%\n" + body()))
            completions.setdefault(who, []).append(kernel.complete())
        for who, k in settings["kernels"].items():
            for name, seconds in parts(folders[who], k["env"], k["gets"]).items():
                steps.setdefault(who, {}).setdefault(name, []).append(seconds)
finally:
    for kernel in kernels.values():
        kernel.end()


def ms(seconds):
    return round(1e3 * median(seconds), 1)


print(json.dumps({who: {
    "cell_ms": ms(cells[who]),
    "fastest_ms": round(1e3 * min(cells[who]), 1),
    "slowest_ms": round(1e3 * max(cells[who]), 1),
    "parts_ms": {name: ms(values) for name, values in steps[who].items()},
    "completion_ms": ms(completions[who]),
    "first_completion_ms": round(1e3 * kernels[who].first_completion, 1),
} for who in kernels}))
