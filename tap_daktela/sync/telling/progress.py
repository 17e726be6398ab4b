"""Progress on stderr: a live line on a terminal, a plain line now and then elsewhere."""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType

from tap_daktela.logs import are_for_people
from tap_daktela.sync.telling.how_far import HowFar, StreamProgress, share_of
from tap_daktela.sync.telling.lines import live_line, plain_line, shortened
from tap_daktela.sync.telling.live import LiveLine, is_watched
from tap_daktela.sync.telling.signs import signs

LOGGER = logging.getLogger(__name__)

EVERY_SECONDS = 30.0
"""Seconds between two plain lines."""

DRAWN_SECONDS = 0.2
"""Seconds between two drawings of the live line."""

PACE_SECONDS = 10.0
"""The pace is that of so many last seconds."""

WAITING_SECONDS = 3.0
"""After so many seconds without a row the line says that it waits."""


class Progress(AbstractContextManager["Progress"]):
    """Shows how far the run is; a context manager around it. A live line is shown only on a terminal, among text.

    `tick` is called again and again: it is the only time at which something is shown, so there is no thread. `clock`
    returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._live = LiveLine() if are_for_people() and is_watched() else None
        self._dot = signs().dot
        self._began = self._told = self._drawn = clock()
        self._streams: Sequence[StreamProgress] = ()
        self._current: StreamProgress | None = None
        self._samples: deque[tuple[float, int]] = deque()
        self._moved = self._began
        self._first: float | None = None

    @property
    def is_live(self) -> bool:
        """Whether somebody watches a live line."""
        return self._live is not None

    @property
    def seconds(self) -> float:
        """Seconds since the start of the run."""
        return self._clock() - self._began

    def say(self, text: str) -> None:
        """Show what is done before the first row, on a live line only."""
        if self._live is not None:
            self._live.draw(shortened(text, self._live.width - 1))

    def follow(self, streams: Sequence[StreamProgress]) -> None:
        """Show `streams`, which are all that the run reads, from now on."""
        self._streams = streams

    def begin(self, stream: StreamProgress) -> None:
        """Show `stream`, which is written from now on."""
        self._current = stream
        self._samples.clear()
        self._moved = now = self._clock()
        self._drawn = now - DRAWN_SECONDS
        if self._first is None:
            self._first = now

    def tick(self) -> None:
        """Draw the live line, or write a plain one, if it is time."""
        now = self._clock()
        if now - self._drawn < DRAWN_SECONDS or self._current is None:
            return
        self._drawn = now
        self._sample(now, self._current)
        if self._live is not None:
            self._live.draw(live_line(self._how_far(now, self._current), self._live.width, self._dot))
        elif now - self._told >= EVERY_SECONDS:
            self._told = now
            text = plain_line(self._how_far(now, self._current))
            LOGGER.info("%s", text, extra={"stream_name": self._current.name})

    def _sample(self, now: float, stream: StreamProgress) -> None:
        if not self._samples or self._samples[-1][1] != stream.rows:
            self._moved = now
        self._samples.append((now, stream.rows))
        while now - self._samples[0][0] > PACE_SECONDS:
            self._samples.popleft()

    def _how_far(self, now: float, stream: StreamProgress) -> HowFar:
        (since, before), elapsed = self._samples[0], now - self._began
        waiting, share = now - self._moved, share_of(self._streams)
        return HowFar(
            number=next(number for number, one in enumerate(self._streams, 1) if one is stream),
            count=len(self._streams),
            name=stream.name,
            rows=stream.rows,
            total=stream.total,
            pace=(stream.rows - before) / (now - since) if now > since else None,
            waiting=waiting if waiting >= WAITING_SECONDS else None,
            elapsed=elapsed,
            share=share,
            left=(now - self._first) * (1 - share) / share if share and self._first is not None else None,
        )

    def close(self) -> None:
        """Remove the live line. Nothing is shown from now on."""
        self._current = None
        if self._live is not None:
            self._live.close()
            self._live = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Remove the live line."""
        self.close()
