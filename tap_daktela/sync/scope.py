"""The rows that are to be read, what tells them apart, and what becomes of them: common ground of every way to read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from tap_daktela.daktela.query import Filter, all_of, where
from tap_daktela.errors import ContractError
from tap_daktela.sync import windows

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tap_daktela.sync.source import Row, Source
    from tap_daktela.sync.windows import Window

_KEY_TYPES = {str, int, float, bool}


@dataclass
class Counts:
    """What became of the rows of a set: promised by the server, written, met again, and read by a second reading.

    `promised` is None where the server says nothing; of several promises, made while rows moved, it is the one nearest
    to what came. A second reading needs none: it ends where the server says that nothing lies behind the last row.
    """

    promised: int | None = None
    written: int = 0
    repeated: int = 0
    reread: int = 0

    def add(self, other: Counts) -> None:
        """Add the counts of another set."""
        if other.promised is not None:
            self.promised = (self.promised or 0) + other.promised
        self.written += other.written
        self.repeated += other.repeated
        self.reread += other.reread


class Span(NamedTuple):
    """A set of rows: those in a window (None: at any time) whose keys lie behind `after`, up to and with `upto`."""

    window: Window | None = None
    after: Any = None
    upto: Any = None

    def __str__(self) -> str:
        """Name the rows in a message."""
        parts = [f"[{self.window.lower}, {self.window.upper})"] if self.window else []
        parts += [f"behind {self.after!r}"] if self.after is not None else []
        parts += [f"up to {self.upto!r}"] if self.upto is not None else []
        return " ".join(parts) or "all rows"


class Scope:
    """The rows of one endpoint that pass `wanted`, along one axis (or, without, by the key)."""

    def __init__(self, source: Source, axis: str | None, wanted: Filter | None) -> None:
        """Take where the rows come from; `axis` is a field of the API."""
        self.source = source
        self.axis = axis
        self.wanted = wanted
        self.key = source.request.key

    def within(self, window: Window | None, lower: str | None = None, *, beyond: bool = False) -> Filter | None:
        """Return the filter for `window`, from `lower` on if given, or only `beyond` it."""
        if window is None or self.axis is None:
            return self.wanted
        above = where(self.axis, "gt" if beyond else "gte", lower or window.lower)
        return all_of(self.wanted, above, where(self.axis, "lt", window.upper))

    def filter(self, span: Span) -> Filter | None:
        """Return the filter for `span`."""
        key = str(self.key)
        above = where(key, "gt", span.after) if span.after is not None else None
        return all_of(self.within(span.window), above, where(key, "lte", span.upto) if span.upto is not None else None)

    def identities(self, rows: list[Row], before: Counter[bytes] | None = None) -> list[Hashable]:
        """Return what tells rows apart: the key, or for rows without one the content and how often it came before.

        `before` counts what came on earlier pages, where these rows lie behind those; it is brought up to date.
        ContractError for a row without a key that is nested too deeply to be written.
        """
        keys: list[Hashable] = [row.get(self.key) for row in rows] if self.key is not None else [None] * len(rows)
        if set(map(type, keys)) <= _KEY_TYPES:
            return keys
        seen = Counter() if before is None else before
        for number, (row, key) in enumerate(zip(rows, keys, strict=True)):
            if type(key) not in _KEY_TYPES:
                try:
                    content = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
                except orjson.JSONEncodeError as error:
                    message = f"{self.source.request.names[0]}: a row without a key cannot be told apart"
                    raise ContractError(f"{message}: {error}") from error
                seen[content] += 1
                keys[number] = (content, seen[content])
        return keys

    def check_order(self, span: Span, rows: list[Row], axis: str) -> None:
        """Raise a ContractError if the instance sends rows that the time filter excludes, or not in their order."""
        readings = [value for row in rows if isinstance(value := row.get(axis), str)]
        ordered = sorted(readings)
        if readings != ordered and self.source.order(axis):
            raise ContractError(f"{self.place(span)}: the instance does not sort by {axis}")
        window = span.window
        if window is not None and ordered and not window.lower <= ordered[0] <= ordered[-1] < window.upper:
            message = f"the instance does not apply the filter on {axis}: asked for [{window.lower}, {window.upper})"
            raise ContractError(f"{self.place(span)}: {message}, it sent {ordered[0]} to {ordered[-1]}")

    def place(self, span: Span) -> str:
        """Return how a message names the rows of `span`."""
        return f"{self.source.request.names[0]}, {span}"


def last_reading(rows: list[Row], axis: str) -> str | None:
    """Return the value of `axis` in the last row that has one. ContractError if it is no reading of a clock."""
    last = next((value for row in reversed(rows) if isinstance(value := row.get(axis), str)), None)
    if last is not None and not windows.is_reading(last):
        raise ContractError(f"the instance sent {last!r} as {axis}, which is no date and time")
    return last
