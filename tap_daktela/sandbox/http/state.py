"""What the HTTP server and the control API share: the world, its API, its faults, and the log of requests."""

import gc
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tap_daktela.sandbox.api.api import SandboxApi
from tap_daktela.sandbox.faults.schedule import FaultSchedule
from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.world.world import World

_LOGGED_REQUESTS = 200_000


class SandboxState:
    """The state of a running sandbox. `requests` has one dict for each of the latest API requests."""

    def __init__(self, options: SandboxOptions) -> None:
        with _without_garbage_collection():
            self.world = World(options)
        self.api = SandboxApi(self.world, options)
        self.faults = FaultSchedule(options.fault, options.seed)
        self.requests: deque[dict[str, Any]] = deque(maxlen=_LOGGED_REQUESTS)
        self._in_flight = 0
        self._counting = threading.Lock()

    @contextmanager
    def in_flight(self) -> Iterator[int]:
        """Count a request until it is answered; yield how many are in flight with it."""
        with self._counting:
            self._in_flight += 1
            number = self._in_flight
        try:
            yield number
        finally:
            with self._counting:
                self._in_flight -= 1

    def change(self, options: SandboxOptions) -> None:
        """Change the options while the server runs. With other faults, requests are counted from 1 again."""
        if options.fault != self.api.options.fault:
            self.faults = FaultSchedule(options.fault, options.seed)
            self.api.counter.restart()
        self.api.options = options


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Switch garbage collection off: a large world is millions of objects, and none of them is garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
