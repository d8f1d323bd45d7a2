"""A Jupyter client that does what it is told, for the tests of the kernel: one JSON object a line in, one a line out.

usage: client.py KERNEL_NAME
"""
import json
import sys

from jupyter_client import KernelManager

manager = KernelManager(kernel_name=sys.argv[1])
client = None
said = ""  # by the cell that runs


def connect():
    global client
    if client:
        client.stop_channels()
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=120)


def hear(until):
    """Collects what the running cell prints, until it has printed the given text or, where that is empty, has ended."""
    global said
    while True:
        message = client.get_iopub_msg(timeout=120)
        if message["parent_header"].get("msg_id") != current:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            said += content["text"]
            if until and until in said:
                return said
        elif kind == "error":
            said += content["ename"] + ": " + content["evalue"]
        elif kind == "status" and content["execution_state"] == "idle":
            return said


for line in sys.stdin:
    do = json.loads(line)
    answer = {}
    if do["do"] == "start":
        manager.start_kernel()
        connect()
        answer = {"pid": manager.provisioner.pid}
    elif do["do"] == "run":
        current, said = client.execute(do["code"]), ""
        answer = {"said": hear(do.get("until", ""))}
    elif do["do"] == "wait":
        answer = {"said": hear("")}
    elif do["do"] == "complete":
        reply = client.complete(do["code"], len(do["code"]), reply=True, timeout=60)["content"]
        answer = {"matches": reply["matches"]}
    elif do["do"] == "inspect":  # the name before the place marked ^
        code = do["code"]
        reply = client.inspect(code.replace("^", ""), code.index("^"), reply=True, timeout=60)["content"]
        answer = {"said": "".join(reply["data"].values())}
    elif do["do"] == "interrupt":
        manager.interrupt_kernel()
    elif do["do"] == "restart":
        manager.restart_kernel(now=do.get("now", False))
        connect()
        answer = {"pid": manager.provisioner.pid}
    elif do["do"] == "shutdown":
        manager.shutdown_kernel(now=do.get("now", False))
    print(json.dumps(answer), flush=True)
