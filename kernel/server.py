import threading

# What a cell puts on the page goes there at once. Tornado leaves Nagle's algorithm on for WebSockets, which holds a small
# message back until the browser has acknowledged the one before it, for up to 40 ms.
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    def connect(self):
        self.websocket_handler.set_nodelay(True)
        return super().connect()


c.ServerApp.kernel_websocket_connection_class = PromptConnection

# A kernel that finds one of its ports taken by another program ends, and is started again. Jupyter gives it other ports then only
# where it has not kept the first ones in a cache.
c.KernelManager.cache_ports = False


# Now and then Jupyter leaves a thread of AnyIO's behind that waits for work, and Python waits for the thread: a server that was
# asked to stop stays. They are told to end before Python waits.
def end_workers():
    for thread in threading.enumerate():
        if thread.name == "AnyIO worker thread" and hasattr(thread, "queue"):
            thread.queue.put(None)


if hasattr(threading, "_register_atexit"):
    threading._register_atexit(end_workers)
