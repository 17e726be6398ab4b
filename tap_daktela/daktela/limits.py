"""How fast requests may go out: a pace that all threads keep, and fewer requests in flight after HTTP 429."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Pace", "Throttle"]

CALM_SECONDS = 60.0
"""How long no 429 may come before the number of requests in flight is doubled again."""


class Pace:
    """Hands out the moments at which requests may start."""

    def __init__(self, per_second: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the cap on requests in a second, where there is one."""
        self._interval = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._next = clock()
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Return the seconds to wait before the caller's request; the moment after them is the caller's alone."""
        with self._lock:
            now = self._clock()
            start = max(now, self._next)
            self._next = start + self._interval
            return start - now

    def hold(self, seconds: float) -> None:
        """Let no request start within `seconds`: the instance asked for that long a pause."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)


class Throttle:
    """Halves the number of requests in flight for each 429, and doubles it again once calm has returned."""

    def __init__(self, concurrency: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the number of requests that may be in flight in calm."""
        self._concurrency = concurrency
        self._clock = clock
        self._halvings = 0
        self._since = 0.0
        self._lock = threading.Lock()

    def allowed(self) -> int:
        """Return the number of requests that may be in flight now, at least 1."""
        with self._lock:
            return self._concurrency >> self._halvings_now()

    def refused(self, sent: float) -> None:
        """Note the 429 of a request that was sent at the moment `sent` of the clock.

        Requests that were under way when the number was halved say nothing about the new number: they count once.
        """
        with self._lock:
            halvings = self._halvings_now()
            if not halvings or sent >= self._since:
                self._halvings = halvings + (self._concurrency >> halvings > 1)
                self._since = self._clock()

    def _halvings_now(self) -> int:
        """Return how often the number is halved still; one halving is forgotten in each time of calm."""
        return max(0, self._halvings - int((self._clock() - self._since) // CALM_SECONDS))
