"""Executes one notebook without a front end and says how it goes, a JSON object a line on standard output.

usage: run.py NOTEBOOK OUT_IPYNB OUT_HTML KERNEL SECONDS_PER_CELL
events: {"event": "start", "cells"}, {"event": "cell", "cell", "line"}, {"event": "error", "cell", "name", "text"}, {"event": "done"}
"""
import json
import os
import re
import signal
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter

source, out_ipynb, out_html, kernel, seconds = sys.argv[1:]


def say(**event):
    print(json.dumps(event), flush=True)


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def report(outputs):
    """The text of GoNB's report on a failure, which it shows as HTML: a line each, "Cell[2]: Line 4 FILE:LINE: message".

    Its plain forms do not do: that of a compile error has no cells in it, and in a stack the cell's line is now and then
    missing, since it is looked for in whatever part of the text happens to arrive at once.
    """
    shown = "".join(o.data.get("text/html", "") for o in outputs if o.output_type == "display_data")
    lines = re.findall(r'<div style="white-space: pre-wrap;">(.*?)(?:<div class="gonb-err-context">|</div>)', shown, re.DOTALL)
    return "\n".join(re.sub(r"</?span[^>]*>", "", line).strip() for line in lines)


notebook = nbformat.read(source, as_version=4)
code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]
number = {index: n + 1 for n, index in enumerate(code)}  # cells are counted as a reader counts them: code cells, from 1
current = {"cell": 0}


def started(cell, cell_index, **_):
    if cell_index in number:
        current["cell"] = number[cell_index]
        say(event="cell", cell=number[cell_index], line=cell.source.strip().splitlines()[0][:80])


client = NotebookClient(notebook, kernel_name=kernel, timeout=float(seconds) or None, startup_timeout=120, record_timing=False,
                        on_cell_start=started, resources={"metadata": {"path": os.path.dirname(os.path.abspath(source))}})
signal.signal(signal.SIGTERM, signal.default_int_handler)
failure = None
say(event="start", cells=len(code))
try:
    client.execute()
except CellExecutionError:
    cell = notebook.cells[code[current["cell"] - 1]]
    errors = [o for o in cell.outputs if o.output_type == "error"]
    streams = "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stderr")
    text = "\n".join([streams, report(cell.outputs)] + [o.evalue for o in errors])
    failure = dict(name=errors[0].ename if errors else "error", text=plain(text))
except CellTimeoutError:
    failure = dict(name="timeout", text=f"it ran longer than the {seconds} s a cell may take")
except DeadKernelError:
    failure = dict(name="kernel", text="the kernel died")
except KeyboardInterrupt:
    failure = dict(name="interrupted", text="interrupted")
except Exception as e:  # such as a kernel that does not start
    failure = dict(name="kernel", text=f"{type(e).__name__}: {e}")

# What ran is kept, also when a later cell failed.
nbformat.write(notebook, out_ipynb)
html, _ = HTMLExporter().from_notebook_node(notebook)
with open(out_html, "w", encoding="utf-8") as f:
    f.write(html)
if failure:
    say(event="error", cell=current["cell"], **failure)
    sys.exit(1)
say(event="done")
