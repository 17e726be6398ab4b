"""Progress on stderr: a live line on a terminal, a plain line now and then elsewhere."""

import logging
import sys
import time
from collections.abc import Sequence
from typing import Any

from singer import metrics
from tabulate import tabulate
from tqdm import tqdm

from tap_daktela.logs import are_for_people

LOGGER = logging.getLogger(__name__)

EVERY_SECONDS = 30.0
"""Seconds between two plain lines."""


class Progress:
    """Counts rows and shows how far the run has come. A live line is shown only on a terminal, among text."""

    def __init__(self) -> None:
        watched = sys.stderr.isatty() and are_for_people()
        self._bar: Any = tqdm(unit=" rows", file=sys.stderr, dynamic_ncols=True) if watched else None
        self._started = self._told = time.monotonic()
        self._rows = 0
        self._promised = 0
        self._stream = ""
        if self._bar is not None:
            for handler in logging.getLogger().handlers:
                handler.addFilter(self._make_way)

    def stream(self, name: str) -> None:
        """Note which stream is being written."""
        self._stream = name
        if self._bar is not None:
            self._bar.set_description(name, refresh=False)

    def expect(self, rows: int) -> None:
        """Add `rows` to the rows that are expected."""
        self._promised += rows
        if self._bar is not None:
            self._bar.total = max(self._promised, self._rows)

    def add(self, rows: int) -> None:
        """Count `rows` as written, and log a line from time to time."""
        self._rows += rows
        if self._bar is not None:
            self._bar.update(rows)
        elif time.monotonic() - self._told >= EVERY_SECONDS:
            self._told = time.monotonic()
            seconds = self._told - self._started
            pace = self._rows / seconds if seconds else 0.0
            text = f"{self._stream}: {self._rows:,} rows so far, {pace:,.0f} rows/s"
            if self._promised > self._rows and pace:
                share, left = self._rows / self._promised, (self._promised - self._rows) / pace
                text += f", {share:.0%} of what is known, about {left:,.0f} s left"
            LOGGER.info("%s", text, extra={"stream_name": self._stream})

    def _make_way(self, _record: logging.LogRecord) -> bool:
        """Remove the live line before a log line is written in its place. The next rows show it again."""
        self._bar.clear()
        return True

    def close(self) -> None:
        """End the live line."""
        if self._bar is not None:
            for handler in logging.getLogger().handlers:
                handler.removeFilter(self._make_way)
            self._bar.close()


def log_metric(kind: str, metric: str, value: float, **tags: str) -> None:
    """Write one line of Singer's metrics; `kind` is `counter` or `timer` (in seconds)."""
    metrics.log(LOGGER, metrics.Point(kind, metric, value, tags))


def log_table(rows: Sequence[Sequence[Any]]) -> None:
    """Write the closing table: one line for its head, and one for each stream."""
    headers = ("stream", "rows", "requests", "retries", "invalid values", "seconds", "new bookmark")
    for line in tabulate(rows, headers, floatfmt=".1f", missingval="").splitlines():
        LOGGER.info("%s", line)
