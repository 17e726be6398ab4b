"""How fast requests may go out: how many start in a second, and how many are in flight."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tap_daktela.runtime.clock import Clock

CALM_SECONDS = 60.0
"""How long no halving may happen before the number of requests in flight is doubled again."""

SLOW = 4
"""A response is slow if it takes more than so many times as long as the quickest of its kind: the server queues it."""

QUICK_SECONDS = 0.05
"""No response counts as quicker: a shorter time depends on the network and on this machine."""

LOOK_SECONDS = 0.2
"""How long a waiting request sleeps at most before it looks whether the limit has risen."""


class RateLimit:
    """Hands out the moments at which requests may start. Safe for threads.

    `per_second` is the cap on requests in a second; None: no cap.
    """

    def __init__(self, per_second: float | None, clock: Clock) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._next = clock.monotonic()
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Return the seconds to wait before the caller's request. With a cap, nobody else gets the same moment."""
        with self._lock:
            now = self._clock.monotonic()
            start = max(now, self._next)
            self._next = start + self._interval
            return start - now

    def hold(self, seconds: float) -> None:
        """Let no request start within `seconds`: the instance asked for a pause."""
        with self._lock:
            self._next = max(self._next, self._clock.monotonic() + seconds)


class ConcurrencyLimit:
    """Bounds the requests in flight: at most `concurrency`, halved for each 429, doubled again after `CALM_SECONDS`.

    It is also halved when as many responses in a row were slow as may be in flight. The server then works on fewer
    requests at a time than it gets, so fewer in flight lose nothing. Safe for threads.
    """

    def __init__(self, concurrency: int, clock: Clock) -> None:
        self._concurrency = concurrency
        self._clock = clock
        self._halvings = 0
        self._since = 0.0
        self._quickest: dict[object, float] = {}
        self._slow: Counter[object] = Counter()
        self._flying = 0
        self._lock = threading.Condition()  # Of a lock that its thread may take again.

    def allowed(self) -> int:
        """Return the number of requests that may be in flight now, at least 1."""
        with self._lock:
            return max(1, self._concurrency >> self._halvings_now())

    @contextmanager
    def changed(self, concurrency: int) -> Iterator[None]:
        """Bound the requests in flight by `concurrency` until the block ends. Halvings count as before and after it."""
        before, self._concurrency = self._concurrency, concurrency
        try:
            yield
        finally:
            self._concurrency = before

    @contextmanager
    def in_flight(self, closed: threading.Event) -> Iterator[None]:
        """Wait until another request may be in flight, or `closed` is set; count the request until the block ends."""
        with self._lock:
            while self._flying >= self.allowed() and not closed.is_set():
                self._lock.wait(LOOK_SECONDS)
            self._flying += 1
        try:
            yield
        finally:
            with self._lock:
                self._flying -= 1
                self._lock.notify()

    def halve(self, sent: float) -> None:
        """Halve the number because of a request that was sent at the moment `sent` (monotonic seconds of the clock).

        A request that was sent before the last halving says nothing about the new number, so it does not count.
        """
        with self._lock:
            halvings = self._halvings_now()
            if not halvings or sent >= self._since:
                self._halvings = halvings + (self._concurrency >> halvings > 1)
                self._since = self._clock.monotonic()

    def answered(self, kind: object, sent: float, seconds: float) -> None:
        """Note that the response to a request sent at the moment `sent` took `seconds`.

        Only responses of the same `kind` are compared: of one endpoint, and of about the same size.
        """
        with self._lock:
            quickest = self._quickest[kind] = max(QUICK_SECONDS, min(seconds, self._quickest.get(kind, seconds)))
            self._slow[kind] = self._slow[kind] + 1 if seconds > SLOW * quickest else 0
            if self._slow[kind] >= self.allowed():
                self._slow.clear()
                self.halve(sent)

    def _halvings_now(self) -> int:
        """Return how often the number is still halved: one halving less for every `CALM_SECONDS` since the last."""
        return max(0, self._halvings - int((self._clock.monotonic() - self._since) // CALM_SECONDS))
