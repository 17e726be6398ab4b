"""The rows that are to be read, and what tells them apart: common ground of every way to read them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from tap_daktela.daktela.query import Filter, all_of, where

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tap_daktela.sync.source import Row, Source
    from tap_daktela.sync.windows import Window


@dataclass
class Counts:
    """What became of the rows of a set: promised by the server, written, met again, and read by a second reading."""

    promised: int = 0
    written: int = 0
    repeated: int = 0
    reread: int = 0

    def add(self, other: Counts) -> None:
        """Add the counts of another set."""
        self.promised += other.promised
        self.written += other.written
        self.repeated += other.repeated
        self.reread += other.reread


class Scope:
    """The rows of one endpoint that pass `wanted`, along one axis (or, without, by the key)."""

    def __init__(self, source: Source, axis: str | None, wanted: Filter | None) -> None:
        """Take where the rows come from; `axis` is a field of the API."""
        self.source = source
        self.axis = axis
        self.wanted = wanted
        self.key = source.request.key
        self.page_size = source.request.page_size

    def within(self, window: Window | None, lower: str | None = None, *, beyond: bool = False) -> Filter | None:
        """Return the filter for `window`, from `lower` on if given, or only `beyond` it."""
        if window is None or self.axis is None:
            return self.wanted
        above = where(self.axis, "gt" if beyond else "gte", lower or window.lower)
        return all_of(self.wanted, above, where(self.axis, "lt", window.upper))

    def identities(self, rows: list[Row], before: Counter[bytes] | None = None) -> list[Hashable]:
        """Return what tells rows apart: the key, or for rows without one the content and how often it came before.

        `before` counts what came on earlier pages, where these rows lie behind those; it is brought up to date.
        """
        seen = Counter() if before is None else before
        result: list[Hashable] = []
        for row in rows:
            identity = row.get(self.key) if self.key is not None else None
            if identity is None:
                content = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
                seen[content] += 1
                identity = (content, seen[content])
            result.append(identity)
        return result

    def place(self, window: Window | None) -> str:
        """Return how a message names the rows of `window`."""
        span = f"[{window.lower}, {window.upper})" if window else "all rows"
        return f"{self.source.request.names[0]}, {span}"


def last_reading(rows: list[Row], axis: str) -> str | None:
    """Return the value of `axis` in the last row that has one."""
    return next((value for row in reversed(rows) if isinstance(value := row.get(axis), str)), None)
