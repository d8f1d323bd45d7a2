"""Starts a kernel as Jupyter's server does, the first time with a port that is taken, and runs a cell.

usage: ports.py KERNEL_NAME TAKEN_PORT SERVER_CONFIG
"""
import asyncio
import os
import sys

import jupyter_client.connect
from jupyter_client.ioloop import AsyncIOLoopKernelManager
from traitlets.config import PyFileConfigLoader

name, taken, config = sys.argv[1], int(sys.argv[2]), sys.argv[3]
write, written = jupyter_client.connect.write_connection_file, []


def first_taken(*args, **settings):
    if not written:
        settings["shell_port"] = taken
    written.append(write(*args, **settings))
    return written[-1]


jupyter_client.connect.write_connection_file = first_taken


async def main():
    manager = AsyncIOLoopKernelManager(kernel_name=name, autorestart=True, config=PyFileConfigLoader(os.path.abspath(config)).load_config())
    await manager.start_kernel()
    print("began with", manager.shell_port, flush=True)
    while manager.shell_port == taken:
        await asyncio.sleep(0.1)
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    reply = await client.execute_interactive("%%\nprintln(6 * 7)", timeout=60)
    print("went on with another:", reply["content"]["status"], flush=True)
    client.stop_channels()
    await manager.shutdown_kernel()


asyncio.run(asyncio.wait_for(main(), 100))
