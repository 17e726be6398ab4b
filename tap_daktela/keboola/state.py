"""What the component remembers between runs: where each stream ended, and which columns each table has.

    {"version": 1, "url": …, "server": …, "singer": {"bookmarks": …}, "columns": {table: […]}, "scopes": {stream: …}}

Keboola hands over `{}` on the first run and after Reset State. On its way through the platform an empty object becomes
an empty list, and so does an object whose keys count from 0.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from tap_daktela.daktela.clock import parse_moment

__all__ = ["VERSION", "Bookmarks", "RunResult", "StoredState", "scope"]

LOGGER = logging.getLogger(__name__)

VERSION = 1

Bookmarks = dict[str, dict[str, str]]
"""Per stream and time axis, the instant up to which everything was read."""


@dataclass(frozen=True)
class StoredState:
    """What one run leaves to the next.

    `bookmarks` is Singer's state, `columns` the columns that each table has been given, `scopes` what each stream's
    bookmark stands for (see `scope`).
    """

    bookmarks: Bookmarks = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    scopes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, raw: object) -> StoredState:
        """Return what a state file holds; of one that we do not understand nothing, with a warning."""
        state = _object(raw)
        if state is not None and not state:
            return cls()
        if state is None or state.get("version") != VERSION:
            LOGGER.warning("The state is none of this component's: everything is read from the date in 'from' on.")
            return cls()
        singer, columns, scopes = (_object(state.get(name)) for name in ("singer", "columns", "scopes"))
        bookmarks = _object((singer or {}).get("bookmarks"))
        if singer is None or bookmarks is None or columns is None or scopes is None:
            LOGGER.warning("The state is damaged: everything is read from the date in 'from' on.")
            return cls(columns=_columns(columns or {}))
        return cls(_bookmarks(bookmarks), _columns(columns), {str(name): str(text) for name, text in scopes.items()})

    def dump(self, url: str, server: str) -> dict[str, Any]:
        """Return the content of the state file; `url` and `server` tell people whose state it is."""
        return {
            "version": VERSION,
            "url": url,
            "server": server,
            "singer": {"bookmarks": self.bookmarks},
            "columns": self.columns,
            "scopes": self.scopes,
        }

    def still_valid(self, scopes: Mapping[str, str]) -> Bookmarks:
        """Return the bookmarks of the streams in `scopes` that still stand for the same thing; tell of the others."""
        asked = {name: marks for name, marks in self.bookmarks.items() if name in scopes}
        moved = sorted(name for name in asked if self.scopes.get(name) != scopes[name])
        if moved:
            LOGGER.info(
                "The instance, the format, a table's name or a filter is not that of the last run; read from the date "
                "in 'from' on: %s",
                ", ".join(moved),
            )
        return {name: marks for name, marks in asked.items() if name not in moved}

    def after(self, run: RunResult) -> StoredState:
        """Return what to remember once `run` has delivered its tables."""
        bookmarks = dict(self.bookmarks)
        for stream, marks in run.bookmarks.items():
            same = self.scopes.get(stream) == run.scopes.get(stream)
            gapless = stream in run.continued or stream not in bookmarks or not same
            bookmarks[stream] = marks if gapless else _contiguous(bookmarks[stream], marks, run.start)
        scopes = {**self.scopes, **{name: run.scopes[name] for name in run.bookmarks if name in run.scopes}}
        return StoredState(bookmarks, {**self.columns, **run.columns}, scopes)


@dataclass(frozen=True)
class RunResult:
    """What a run did: where it began (`start`, or the bookmarks `continued`) and ended, and the columns it wrote."""

    start: datetime
    continued: Bookmarks
    bookmarks: Bookmarks
    scopes: Mapping[str, str]
    columns: dict[str, list[str]]


def scope(*facts: object) -> str:
    """Return a short text that changes when a fact changes on which the meaning of a bookmark depends."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _contiguous(before: Mapping[str, str], after: Mapping[str, str], start: datetime) -> dict[str, str]:
    """Return the marks of one stream up to which *everything* has been read, after a run from `start` to `after`.

    A run over a period of its own may leave a gap behind what was read before; the old mark then stays.
    """
    marks = dict(before)
    for axis, text in after.items():
        if axis not in marks or _instant(marks[axis]) >= start:
            marks[axis] = max(text, marks.get(axis, text), key=_instant)
    return marks


def _object(raw: object) -> Mapping[str, Any] | None:
    """Return an object; an empty list and null stand for an empty one, a list for one whose keys were numbers."""
    if raw is None:
        return {}
    if isinstance(raw, list):
        return {str(number): value for number, value in enumerate(raw)}
    return raw if isinstance(raw, Mapping) else None


def _bookmarks(raw: Mapping[str, Any]) -> Bookmarks:
    """Return the bookmarks that can be used; the others are told of."""
    good: Bookmarks = {}
    for stream, marks in raw.items():
        axes = _object(marks)
        if axes is None or not all(_is_instant(text) for axis, text in axes.items() if axis != "version"):
            LOGGER.warning("The state of '%s' is damaged: it is read from the date in 'from' on.", stream)
            continue
        good[str(stream)] = {axis: text for axis, text in axes.items() if axis != "version"}
    return good


def _columns(raw: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        str(table): [str(name) for name in names] for table, names in raw.items() if isinstance(names, list) and names
    }


def _is_instant(text: object) -> bool:
    try:
        _instant(text)
    except ValueError:
        return False
    return True


def _instant(text: object) -> datetime:
    moment = parse_moment(str(text))
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError(f"'{text}' is not a date-time with a time zone")
    return moment.astimezone(timezone.utc)
