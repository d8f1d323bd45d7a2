"""A Jupyter client that does what it is told, for the tests of the kernel: one JSON object a line in, one a line out.

usage: client.py KERNEL_NAME
"""
import json
import os
import statistics
import sys
import time
import uuid

from jupyter_client import KernelManager
from jupyter_core.paths import jupyter_runtime_dir

name = manager = client = None
cells = []  # those that were sent last, in order, as what is known of each
since = 0.0  # when the last interrupt was sent


PORT_TAKEN = 98  # the kernel's status where another program has one of the ports that Jupyter chose for it


def connect():
    global client
    for attempt in range(5):
        if client:
            client.stop_channels()
        client = manager.blocking_client()
        client.start_channels()
        try:
            return client.wait_for_ready(timeout=120)
        except RuntimeError:
            if manager.provisioner.process.poll() != PORT_TAKEN or attempt == 4:
                raise
            manager.restart_kernel(now=True, newports=True)  # as Jupyter's servers do


def send(code, **settings):
    cell = dict(id=client.execute(code, **settings), said="", states=[], shown=[], seen=[])
    history[cell["id"]] = cell
    return cell


history = {}  # every cell, by its request: what it prints after its end is its own
places = {}  # of outputs that are replaced, among what their cell shows


def hear(until=""):
    """Collects what the cells say, until one of them has printed the given text or, where that is empty, all have ended."""
    known = {cell["id"]: cell for cell in cells}
    while any(cell["states"][-1:] != ["idle"] for cell in cells):
        message = client.get_iopub_msg(timeout=120)
        cell = history.get(message["parent_header"].get("msg_id"))
        if not cell:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            cell["said"] += content["text"]
            cell["seen"].append(content["text"])
            if until and cell["id"] in known and until in cell["said"]:
                return
        elif kind == "error":
            cell["said"] += content["ename"] + ": " + content["evalue"]
            cell["seen"] += [line + "\n" for line in content["traceback"]]
        elif kind == "status":
            cell["states"].append(content["execution_state"])
        elif kind == "display_data":
            cell["shown"] += [len(text) for text in content["data"].values()]
        if kind in ("display_data", "execute_result", "update_display_data"):
            place = content.get("transient", {}).get("display_id") or len(places)
            shown = "[figure]\n" if "image/png" in content["data"] else content["data"].get("text/plain", "") + "\n"
            if place in places:
                cell["seen"][places[place]] = shown
            else:
                places[place] = len(cell["seen"])
                cell["seen"].append(shown)
    while not all("status" in cell for cell in cells):
        message = client.get_shell_msg(timeout=120)
        cell = known.get(message["parent_header"].get("msg_id"))
        if cell:
            cell["status"], cell["seconds"] = message["content"]["status"], time.monotonic() - since


def round_trip():
    """Milliseconds that the kernel takes to say what it is; the median."""
    took = []
    for _ in range(200):
        began, request = time.perf_counter(), client.kernel_info()
        while client.get_shell_msg(timeout=120)["parent_header"].get("msg_id") != request:
            pass
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def widget():
    """Opens a comm as GoNB's widgets do, and returns the address that GoNB answers it on."""
    client.shell_channel.send(client.session.msg("comm_open", dict(target_name="gonb_comm", kernel_id=name, comm_id="1", data={})))
    while True:
        message = client.get_iopub_msg(timeout=120)
        if message["msg_type"] == "comm_msg":
            return message["content"]["data"]["address"]


for line in sys.stdin:
    do = json.loads(line)
    answer = {}
    if do["do"] == "start":
        name = str(uuid.uuid4())  # GoNB reads it from the name of the file, as Jupyter's server makes it
        manager = KernelManager(kernel_name=sys.argv[1], cache_ports=False, connection_file=os.path.join(jupyter_runtime_dir(), f"kernel-{name}.json"))
        manager.start_kernel()
        connect()
        answer = {"pid": manager.provisioner.pid}
    elif do["do"] == "run":
        cells = [send(do["code"])]
        hear(do.get("until", ""))
        answer = cells[0]
    elif do["do"] == "history":
        answer = {"cells": [cell | {"id": ""} for cell in history.values()]}
    elif do["do"] == "begin":
        cells = [send(do["code"])]
    elif do["do"] == "send":  # as Run All does
        cells = [send(code, stop_on_error=not do.get("go_on", False)) for code in do["codes"]]
        hear(do.get("until", ""))
        answer = {"cells": cells}
    elif do["do"] == "wait":
        hear()
        answer = cells[0] | {"cells": cells}
    elif do["do"] == "complete":
        reply = client.complete(do["code"], len(do["code"]), reply=True, timeout=60)["content"]
        answer = {"matches": reply["matches"]}
    elif do["do"] == "inspect":  # the name before the place marked ^
        code = do["code"]
        reply = client.inspect(code.replace("^", ""), code.index("^"), reply=True, timeout=60)["content"]
        answer = {"said": "".join(reply["data"].values())}
    elif do["do"] == "interrupt":
        since = time.monotonic()
        manager.interrupt_kernel()
        manager.session.recv(manager._control_socket, mode=0)  # its answer: a cell sent now is not meant
    elif do["do"] == "input":
        answer = {"said": client.get_stdin_msg(timeout=120)["content"]["prompt"]}
        client.input(do["code"])
    elif do["do"] == "request":  # with the content as it is, as a client of another's making sends it
        request = client.session.send(client.shell_channel.socket, do["kind"], do.get("content", {}))["header"]["msg_id"]
        answer = {"status": client._recv_reply(request, timeout=60)["content"]["status"]}
    elif do["do"] == "ask":  # on the control channel, which a running cell does not block
        answer = {"status": client._recv_reply(client.session.send(client.control_channel.socket, "kernel_info_request")["header"]["msg_id"],
                                               timeout=120, channel="control")["content"]["status"]}
    elif do["do"] == "round trip":
        answer = {"milliseconds": round_trip()}
    elif do["do"] == "widget":
        answer = {"said": widget()}
    elif do["do"] in ("restart", "shutdown"):
        began = time.monotonic()
        if do["do"] == "restart":
            manager.restart_kernel(now=do.get("now", False))
            answer["seconds"] = time.monotonic() - began
            connect()
            answer["pid"] = manager.provisioner.pid
        else:
            manager.shutdown_kernel(now=do.get("now", False))
            answer["seconds"] = time.monotonic() - began
    print(json.dumps(answer), flush=True)
