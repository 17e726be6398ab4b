"""How fast requests may go out: a pace that all threads keep, and fewer requests in flight where these are too many."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_daktela.runtime.clock import Clock

__all__ = ["ConcurrencyLimit", "RateLimit"]

CALM_SECONDS = 60.0
"""How long calm must last before the number of requests in flight is doubled again."""

SLOW = 4
"""Answers that take so many times as long as the quickest one of their kind wait for each other on the server."""

QUICK_SECONDS = 0.05
"""No answer counts as quicker: below, the time is that of the line and of this machine."""

LOOK_SECONDS = 0.2
"""How long a request waits at most before it looks whether calm has returned."""


class RateLimit:
    """Hands out the moments at which requests may start."""

    def __init__(self, per_second: float | None, clock: Clock) -> None:
        """Take the cap on requests in a second, where there is one."""
        self._interval = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._next = clock.monotonic()
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Return the seconds to wait before the caller's request; the moment after them is the caller's alone."""
        with self._lock:
            now = self._clock.monotonic()
            start = max(now, self._next)
            self._next = start + self._interval
            return start - now

    def hold(self, seconds: float) -> None:
        """Let no request start within `seconds`: the instance asked for that long a pause."""
        with self._lock:
            self._next = max(self._next, self._clock.monotonic() + seconds)


class ConcurrencyLimit:
    """Halves the number of requests in flight for each 429, and doubles it again once calm has returned.

    It is halved as well when as many answers in a row as are in flight were slow: the server then works on fewer at a
    time than it is asked for, and gives no less when it is asked for less.
    """

    def __init__(self, concurrency: int, clock: Clock) -> None:
        """Take the number of requests that may be in flight in calm."""
        self._concurrency = concurrency
        self._clock = clock
        self._halvings = 0
        self._since = 0.0
        self._quickest: dict[object, float] = {}
        self._slow: Counter[object] = Counter()
        self._flying = 0
        self._lock = threading.Condition()

    def allowed(self) -> int:
        """Return the number of requests that may be in flight now, at least 1."""
        with self._lock:
            return self._allowed_now()

    @contextmanager
    def in_flight(self, closed: threading.Event) -> Iterator[None]:
        """Wait until another request may be in flight (or everything is over), and count it for as long as it is."""
        with self._lock:
            while self._flying >= self._allowed_now() and not closed.is_set():
                self._lock.wait(LOOK_SECONDS)
            self._flying += 1
        try:
            yield
        finally:
            with self._lock:
                self._flying -= 1
                self._lock.notify()

    def refused(self, sent: float) -> None:
        """Note the 429 of a request that was sent at the moment `sent` (monotonic seconds of the clock).

        Requests that were under way when the number was halved say nothing about the new number: they count once.
        """
        with self._lock:
            self._halve(sent)

    def answered(self, kind: object, sent: float, seconds: float) -> None:
        """Note that an answer to a request of a `kind` (of like answers), sent at the moment `sent`, took `seconds`."""
        with self._lock:
            quickest = self._quickest[kind] = max(QUICK_SECONDS, min(seconds, self._quickest.get(kind, seconds)))
            self._slow[kind] = self._slow[kind] + 1 if seconds > SLOW * quickest else 0
            if self._slow[kind] >= self._allowed_now():
                self._slow.clear()
                self._halve(sent)

    def _halve(self, sent: float) -> None:
        halvings = self._halvings_now()
        if not halvings or sent >= self._since:
            self._halvings = halvings + (self._concurrency >> halvings > 1)
            self._since = self._clock.monotonic()

    def _allowed_now(self) -> int:
        return self._concurrency >> self._halvings_now()

    def _halvings_now(self) -> int:
        """Return how often the number is halved still; one halving is forgotten in each time of calm."""
        return max(0, self._halvings - int((self._clock.monotonic() - self._since) // CALM_SECONDS))
