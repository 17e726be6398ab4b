"""The command `tap-daktela-sandbox`, and the same server inside a test's process."""

import gc
import json
import os
import signal
import ssl
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tap_daktela.printable import printable
from tap_daktela.sandbox import command_line
from tap_daktela.sandbox.http.http_server import HttpServer
from tap_daktela.sandbox.http.state import SandboxState
from tap_daktela.sandbox.options import SandboxOptions

_PARENT_SECONDS = 0.5


class Sandbox:
    """A running server. `url` is where it listens, without a path; `world` is what it serves.

    The others are the login of its technical user.
    """

    def __init__(self, options: SandboxOptions) -> None:
        state = SandboxState(options)
        self.world = state.world
        self.username = self.world.credentials.username
        self.password = self.world.credentials.password
        self.access_token = self.world.credentials.access_token
        self._server = HttpServer(options.port, state, _ssl_context(options))
        scheme = "https" if options.tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and end all connections."""
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()


@contextmanager
def running(options: SandboxOptions | None = None) -> Iterator[Sandbox]:
    """A server inside this process, which stops at the end of the block."""
    sandbox = Sandbox(options or SandboxOptions())
    try:
        yield sandbox
    finally:
        sandbox.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Return the exit code: 2 for a wrong command line or a port in use."""
    try:
        options = command_line.parse(sys.argv[1:] if arguments is None else arguments)
    except ValueError as error:
        sys.stderr.write(f"tap-daktela-sandbox: {printable(str(error))}\n")
        return 2
    stopping = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopping.set())
    # Looking for garbage while the world grows would take a fifth of the time, and find none.
    gc.disable()
    try:
        with running(options) as sandbox:
            gc.freeze()
            gc.enable()
            ready = {name: getattr(sandbox, name) for name in ("url", "username", "password", "access_token")}
            sys.stdout.write(json.dumps(ready) + "\n")
            sys.stdout.flush()
            _wait(stopping, os.getppid() if options.with_parent else None)
    except OSError as error:
        sys.stderr.write(f"tap-daktela-sandbox: cannot serve at port {options.port}: {error}\n")
        return 2
    return 0


def _wait(stopping: threading.Event, parent: int | None) -> None:
    """Wait for a signal, or for the end of the parent process."""
    while not stopping.wait(_PARENT_SECONDS):
        if parent is not None and os.getppid() != parent:
            return


def _ssl_context(options: SandboxOptions) -> ssl.SSLContext | None:
    if options.tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*options.tls)
    return context
