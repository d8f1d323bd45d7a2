import ipaddress
import sys
import threading

from jupyter_server.auth.identity import PasswordIdentityProvider
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


# What a cell puts on the page goes there at once. Tornado leaves Nagle's algorithm on for WebSockets, which holds a small
# message back until the browser has acknowledged the one before it, for up to 40 ms.
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


# Whoever reaches the server can run programs as its user. A configuration that turns the token off may do so for this machine, and
# not for a server that others reach.
class AskingProvider(PasswordIdentityProvider):
    def validate_security(self, app, ssl_options=None):
        try:
            private = ipaddress.ip_address(app.ip).is_loopback
        except ValueError:
            private = app.ip == "localhost"
        if not self.auth_enabled and not private:
            app.log.critical(
                "Other machines would reach this server without a token, which your Jupyter configuration turns off: "
                "set a token or a password there, or listen on 127.0.0.1 alone."
            )
            sys.exit(1)
        super().validate_security(app, ssl_options)


c.ServerApp.identity_provider_class = AskingProvider
