"""The command `tap-daktela-sandbox`, and the same server inside a test's process."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import signal
import ssl
import sys
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tap_daktela.sandbox import options as settings
from tap_daktela.sandbox.api import Api
from tap_daktela.sandbox.control import Control
from tap_daktela.sandbox.faults import FaultPlan
from tap_daktela.sandbox.front import HttpServer
from tap_daktela.sandbox.options import Options
from tap_daktela.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LOGGED = 200_000
_PARENT_SECONDS = 0.5


class Sandbox:
    """A running server and its world."""

    def __init__(self, options: Options) -> None:
        with _without_collection():
            self.world = World(options)
        self.api = Api(self.world, options, FaultPlan(options.fault, options.seed))
        self.requests: deque[dict[str, Any]] = deque(maxlen=_LOGGED)
        self.control = Control(self)
        self._server = HttpServer(options.port, self, _context(options))
        scheme = "https" if options.tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def username(self) -> str:
        """The login of the technical user."""
        return self.world.credentials.username

    @property
    def password(self) -> str:
        """The password of the technical user."""
        return self.world.credentials.password

    @property
    def access_token(self) -> str:
        """The static token of the technical user."""
        return self.world.credentials.access_token

    def change(self, options: Options) -> None:
        """Change the switches of the running server; other faults than before count requests from 1 again."""
        if options.fault != self.api.options.fault:
            self.api.plan = FaultPlan(options.fault, options.seed)
        self.api.options = options

    def set(self, **changes: Any) -> None:
        """`change` by name, for tests in the same process."""
        self.change(dataclasses.replace(self.api.options, **changes))

    def stop(self) -> None:
        """Stop listening and let go of held connections."""
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()


@contextmanager
def running(options: Options | None = None) -> Iterator[Sandbox]:
    """A server inside this process, stopped at the end of the block."""
    sandbox = Sandbox(options or Options())
    try:
        yield sandbox
    finally:
        sandbox.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit code: 2 for a wrong command line."""
    try:
        options = settings.parse(sys.argv[1:] if arguments is None else arguments)
    except ValueError as error:
        sys.stderr.write(f"tap-daktela-sandbox: {error}\n")
        return 2
    stopping = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopping.set())
    try:
        with running(options) as sandbox:
            gc.freeze()
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


@contextmanager
def _without_collection() -> Iterator[None]:
    """No garbage collection in the block: a large world is millions of objects of which none is garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _context(options: Options) -> ssl.SSLContext | None:
    if options.tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*options.tls)
    return context
