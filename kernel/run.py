"""Executes one notebook without a front end and says how it goes, a JSON object a line on standard output.

usage: run.py SETTINGS    as JSON: {"notebook", "book", "page", "kernel", "seconds", "inject"}; see job in run.go
events: {"event": "start", "cells"}, {"event": "cell", "cell", "line"}, {"event": "lacks", "text"}, {"event": "error", "cell", "name", "text"},
{"event": "done"}
"""
import base64
import html as entities
import json
import mimetypes
import os
import re
import signal
import sys
import tempfile
from urllib.parse import unquote, urlsplit

import nbformat
from jinja2 import pass_context
from latex2mathml.converter import convert
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from traitlets.config import Config

job = json.loads(sys.argv[1])
source, folder = job["notebook"], os.path.dirname(os.path.abspath(job["notebook"]))


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
    return re.sub(r"^Cell\[(\d+)\]", lambda m: f"Cell[{counted(int(m[1]))}]", text, flags=re.MULTILINE)


def counted(count):
    """The number that a reader gives a cell, by that of its execution."""
    return ran[count - 1][0] if 0 < count <= len(ran) else count


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


PICTURE = re.compile(r"""<img\b[^>]*?\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>""", re.IGNORECASE)


def with_pictures(page):
    """The page with the pictures that it names in it, and a word in the place of one that cannot be."""

    def put(match):
        tag, at = match[0], match.start(1) if match[1] is not None else match.start(2)
        name = entities.unescape(match[1] if match[1] is not None else match[2])
        if name.startswith("data:"):
            return tag
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", name):
            return lacks(name, "is elsewhere, and the page loads nothing")
        try:
            with open(os.path.join(folder, unquote(urlsplit(name).path)), "rb") as f:
                data = f.read()
        except OSError:
            return lacks(name, "is not there")
        kind = mimetypes.guess_type(urlsplit(name).path)[0] or "application/octet-stream"
        at, end = at - match.start(), at - match.start() + len(match[1] if match[1] is not None else match[2])
        return f"{tag[:at]}data:{kind};base64,{base64.b64encode(data).decode()}{tag[end:]}"

    def lacks(name, why):
        say(event="lacks", text=f"the picture {name} {why}")
        return f"<em>[the picture {entities.escape(name)} {why}]</em>"

    return PICTURE.sub(put, page)


class Client(NotebookClient):
    """Keeps what one stream says in a row as one output, as Lab does, and waits for all that a cell has said."""

    pieces = []  # of the text of the last output, which is the stream's

    def output(self, outs, msg, display_id, cell_index):
        content = msg["content"]
        if msg["msg_type"] == "stream" and outs and outs[-1].get("name") == content["name"] and not self.clear_before_next_output:
            if not self.pieces:
                self.pieces, self.joined = [outs[-1].text], outs[-1]
            self.pieces.append(content["text"])
            return outs[-1]
        self.join()
        return super().output(outs, msg, display_id, cell_index)

    def join(self):
        if self.pieces:
            self.joined.text = "".join(self.pieces)
            self.pieces = []

    def clear_output(self, outs, msg, cell_index):
        self.join()
        super().clear_output(outs, msg, cell_index)


def fail(text):
    say(event="error", cell=0, name="notebook", text=text)
    sys.exit(1)


try:
    notebook = nbformat.read(source, as_version=4)
except Exception as e:
    fail(f"it is no notebook that can be read: {(str(e).splitlines() or [type(e).__name__])[0]}")
injected = None
if job["inject"]:
    injected = nbformat.v4.new_code_cell(job["inject"]["source"], metadata={"tags": ["injected-parameters"]})
    if notebook.nbformat_minor < 5:
        del injected["id"]
    notebook.cells.insert(job["inject"]["after"] + 1, injected)
    # An executed notebook that is run again has the cell of the run before.
    notebook.cells = [c for c in notebook.cells if c is injected or "injected-parameters" not in c.metadata.get("tags", [])]
code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]
own = [i for i in code if notebook.cells[i] is not injected]
# Cells are counted as a reader of the source counts them: code cells, from 1; the injected one goes with the one before it.
number = {index: sum(i <= index for i in own) for index in code}
ran = []  # the numbers of the cells that were sent to the kernel; one tagged skip-execution is not


def started(cell, cell_index, **_):
    ran.append((number[cell_index], cell_index))
    say(event="cell", cell=number[cell_index], line=cell.source.strip().splitlines()[0][:80])


# The kernel is reached by sockets in a folder of its own, which nobody can take before the kernel has them, as they can ports.
temporary = tempfile.gettempdir()
sockets = tempfile.TemporaryDirectory(prefix="maestro-run-", dir=temporary if len(temporary) < 70 else "/tmp")
config = Config({"ConnectionFileMixin": {"transport": "ipc", "ip": os.path.join(sockets.name, "kernel")}})
seconds = job["seconds"]
client = Client(notebook, config=config, kernel_name=job["kernel"], timeout_func=lambda _: seconds or None, startup_timeout=120,
                iopub_timeout=10**6, record_timing=False, on_cell_execute=started, resources={"metadata": {"path": folder}})
signal.signal(signal.SIGTERM, signal.default_int_handler)
failure = None
say(event="start", cells=len(code))
try:
    client.execute()
except CellExecutionError:
    client.join()
    cell = notebook.cells[ran[-1][1]]
    errors = [o for o in cell.outputs if o.output_type == "error"]
    streams = "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stderr")
    traces = [re.sub(r"cell \[(\d+)\]", lambda m: f"cell [{counted(int(m[1]))}]", line) for o in errors for line in o.traceback]
    text = "\n".join([streams, report(cell.outputs)] + traces)
    failure = dict(name=errors[0].ename if errors else "error", text=plain(text))
except CellTimeoutError:
    failure = dict(name="timeout", text=f"it ran longer than the {seconds:g} s a cell may take")
except DeadKernelError:
    failure = dict(name="kernel", text="the kernel died")
except KeyboardInterrupt:
    failure = dict(name="interrupted", text="interrupted")
except Exception as e:  # such as a kernel that does not start
    failure = dict(name="kernel", text=f"{type(e).__name__}: {e}")
client.join()

# What ran is kept, also when a later cell failed.
if job["book"]:
    nbformat.write(notebook, job["book"])
if job["page"]:
    title = os.path.splitext(os.path.basename(source))[0]
    page, _ = Page().from_notebook_node(notebook, resources={"metadata": {"name": title}})
    with open(job["page"], "w", encoding="utf-8") as f:
        f.write(with_pictures(page))
if failure:
    say(event="error", cell=ran[-1][0] if ran else 0, **failure)
    sys.exit(1)
say(event="done")
