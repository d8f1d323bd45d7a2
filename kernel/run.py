"""Executes one notebook without a front end and says how it goes, a JSON object a line on standard output.

usage: run.py NOTEBOOK OUT_IPYNB OUT_HTML KERNEL SECONDS_PER_CELL    ("" for an output that is not wanted)
events: {"event": "start", "cells"}, {"event": "cell", "cell", "line"}, {"event": "error", "cell", "name", "text"}, {"event": "done"}
"""
import json
import os
import re
import signal
import sys

import nbformat
from jinja2 import pass_context
from latex2mathml.converter import convert
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

source, out_ipynb, out_html, kernel, seconds = sys.argv[1:]


def say(**event):
    print(json.dumps(event), flush=True)


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def report(outputs):
    """The text of GoNB's report on a failure, which it shows as HTML: a line each, "Cell[2]: Line 4 FILE:LINE: message".

    Its plain forms do not do: that of a compile error has no cells in it, and in a stack the cell's line is now and then
    missing, since it is looked for in whatever part of the text happens to arrive at once. GoNB counts the cells it ran;
    the text counts them as a reader does.
    """
    shown = "".join(o.data.get("text/html", "") for o in outputs if o.output_type == "display_data")
    lines = re.findall(r'<div style="white-space: pre-wrap;">(.*?)(?:<div class="gonb-err-context">|</div>)', shown, re.DOTALL)
    text = "\n".join(re.sub(r"</?span[^>]*>", "", line).strip() for line in lines)
    return re.sub(r"^Cell\[(\d+)\]", lambda m: f"Cell[{ran[int(m[1]) - 1]}]" if 0 < int(m[1]) <= len(ran) else m[0], text, flags=re.MULTILINE)


class StaticMath(IPythonRenderer):
    """Markdown whose formulas are MathML, which browsers draw by themselves, where nbconvert's load a script for them."""

    def math(self, tex, display):
        # A bar that is known to open or to close stands close to what it encloses.
        paired = re.sub(r"\\([lr])(V|v)ert(?![A-Za-z])", lambda m: {"l": r"\left", "r": r"\right"}[m[1]] + {"V": r"\|", "v": "|"}[m[2]], tex)
        for attempt in paired, tex:
            try:
                return convert(attempt.strip(), display=display)
            except Exception:
                pass
        return "<code>" + self.escape_html(tex) + "</code>"  # what is not understood is shown as it is

    def block_math(self, body):
        return self.math(body, "block")

    def inline_math(self, body):
        return self.math(body, "inline")

    def latex_environment(self, name, body):
        return self.math(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")


class Page(HTMLExporter):
    """The notebook as one page that loads nothing: no scripts from elsewhere, and figures that printing does not cut."""

    raw_template = """{% extends 'index.html.j2' %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block html_head_css %}<style>
math { font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", "DejaVu Math TeX Gyre", math; font-size: 110%; }
@media print {
  .jp-OutputArea-child, .jp-RenderedMarkdown > * { break-inside: avoid; }
  h1, h2, h3 { break-after: avoid; }
  .highlight pre { white-space: pre-wrap; overflow-wrap: anywhere; }
}
</style>{% endblock %}
"""

    @pass_context
    def markdown2html(self, context, source):
        attachments = context.get("cell", {}).get("attachments", {})
        renderer = StaticMath(escape=False, attachments=attachments, anchor_link_text=self.anchor_link_text)
        return MarkdownWithMath(renderer=renderer).render(source)


notebook = nbformat.read(source, as_version=4)
code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]
number = {index: n + 1 for n, index in enumerate(code)}  # cells are counted as a reader counts them: code cells, from 1
ran = []  # the numbers of the cells that were sent to the kernel; one tagged skip-execution is not


def started(cell, cell_index, **_):
    ran.append(number[cell_index])
    say(event="cell", cell=number[cell_index], line=cell.source.strip().splitlines()[0][:80])


client = NotebookClient(notebook, kernel_name=kernel, timeout_func=lambda _: float(seconds) or None, startup_timeout=120,
                        record_timing=False, on_cell_execute=started, resources={"metadata": {"path": os.path.dirname(os.path.abspath(source))}})
signal.signal(signal.SIGTERM, signal.default_int_handler)
failure = None
say(event="start", cells=len(code))
try:
    client.execute()
except CellExecutionError:
    cell = notebook.cells[code[ran[-1] - 1]]
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
if out_ipynb:
    nbformat.write(notebook, out_ipynb)
if out_html:
    title = os.path.splitext(os.path.basename(source))[0]
    html, _ = Page().from_notebook_node(notebook, resources={"metadata": {"name": title}})
    with open(out_html, "w", encoding="utf-8") as f:
        f.write(html)
if failure:
    say(event="error", cell=ran[-1] if ran else 0, **failure)
    sys.exit(1)
say(event="done")
