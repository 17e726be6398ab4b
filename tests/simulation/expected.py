"""What a run has to write of one stream, by the model, and what it wrote."""

from __future__ import annotations

import functools
from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from tests.simulation.due import Range, children, lower, which
from tests.simulation.runner import KNOWN
from tests.simulation.truth import Truth, comparable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_daktela.catalog.entries import Selected
    from tap_daktela.catalog.fields import Axis, Stream
    from tests.simulation.model.tables import Table
    from tests.simulation.runner import Ran, Simulation
    from tests.simulation.truth import Record

__all__ = ["Due", "StreamOfRun", "bookmark", "canonical", "lowers", "timed"]


class Due(NamedTuple):
    """Rows that have to be written before line number `line`, and why, in words."""

    line: int
    ids: set[int]
    why: str


@functools.cache
def truth(name: str, zone: str) -> Truth:
    """Return the records of a stream; what was worked out once stays known from case to case."""
    return Truth(KNOWN[name], zone, [column for column in KNOWN[name].columns if _is_read(name, column.name)])


def _is_read(name: str, column: str) -> bool:
    entry = KNOWN[name]
    return column in entry.automatic or next(one.selected for one in entry.columns if one.name == column)


def canonical(record: Record) -> bytes:
    """Return the bytes by which records are compared."""
    return orjson.dumps(comparable(record), option=orjson.OPT_SORT_KEYS)


def timed(stream: Stream) -> Stream:
    """Return the stream along whose time axes `stream` is read: itself, or its parent."""
    return KNOWN[stream.child.parent].stream if stream.child else stream


def bookmark(state: dict[str, Any], name: str, axis: Axis) -> datetime | None:
    """Return the bookmark of a stream in a state."""
    text = state.get("bookmarks", {}).get(name, {}).get(axis.name)
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00"))


def lowers(state: dict[str, Any], name: str, start: datetime, lookback_days: float) -> dict[Axis, datetime]:
    """Return where a run that is handed `state` begins to read a stream, by axis."""
    axes = timed(KNOWN[name].stream).axes
    return {axis: lower(axis, bookmark(state, name, axis), start, lookback_days) for axis in axes}


class StreamOfRun:
    """One selected stream in one run, which has come as far as having begun.

    `written` maps each record to the first line that holds it; `records` are all of them with their lines.
    `keys_are_unique` tells whether a key belongs to one row only. Of rows that share one, a target keeps one: so they
    are due only where nothing moves and all totals are right, when a run can tell that there are two.
    """

    def __init__(self, simulation: Simulation, ran: Ran, selected: Selected) -> None:
        self.name = selected.entry.name
        self.entry = selected.entry
        self.zone = simulation.case.oddities.zone
        self.records = [
            (number, line["record"])
            for number, line in enumerate(ran.lines)
            if line["type"] == "RECORD" and line["stream"] == self.name
        ]
        self.written: dict[bytes, int] = {}
        for number, record in self.records:
            self.written.setdefault(canonical(record), number)
        self.keys_are_unique = simulation.case.oddities.keys not in ("some twice", "some empty")
        self._simulation = simulation
        self._ran = ran
        self._table = simulation.instance.table(selected.entry.stream.endpoint)
        self._timed = timed(selected.entry.stream)

    @functools.cached_property
    def truth(self) -> dict[int, list[Record]]:
        """The records of each row that nobody touched, by its id."""
        known, excused = truth(self.name, self.zone), self._excused(self._table)
        return {number: known.records(row) for number, row in self._table.rows.items() if number not in excused}

    def right(self) -> dict[Any, set[bytes]]:
        """Return the only records that may be written of rows that nobody touched, by the keys of these rows."""
        found: dict[Any, set[bytes]] = defaultdict(set)
        if self.entry.key:
            for records in self.truth.values():
                for record in records:
                    found[record[self.entry.key[0]]].add(canonical(record))
        return found

    def due(self) -> Iterator[Due]:
        """Yield what has to be written: before the end of a run that says no word, and before each state."""
        ran, run = self._ran, self._ran.begun
        ends_well = ran.error is None and not ran.killed
        if not self._timed.axes:
            if ends_well:
                yield Due(len(ran.lines), set(self.truth), "the run ended well")
            return
        begins = lowers(ran.before, self.name, run.start, run.settings.lookback_days)
        for axis, begin in begins.items():
            moved = begin
            for line, until in self._bookmarks(axis):
                yield Due(line, self._ids(begins, axis, moved, until), f"a state says {axis.name} {until:%F %T}")
                moved = until
            if ends_well:
                yield Due(len(ran.lines), self._ids(begins, axis, moved, run.bound), "the run ended well")

    def _bookmarks(self, axis: Axis) -> Iterator[tuple[int, datetime]]:
        """Yield each new bookmark along an axis with the line of the state that it is in."""
        last = bookmark(self._ran.before, self.name, axis)
        for number, line in enumerate(self._ran.lines):
            if line["type"] == "STATE":
                mark = bookmark(line["value"], self.name, axis)
                if mark is not None and mark != last:
                    yield number, mark
                    last = mark

    def _ids(self, begins: dict[Axis, datetime], axis: Axis, begin: datetime, end: datetime) -> set[int]:
        """Return the ids of the rows that reading along `axis` from `begin` to `end` brings, but for touched ones."""
        ranges = {other.field: Range(at, at) for other, at in begins.items()} | {axis.field: Range(begin, end)}
        table = self._simulation.instance.table(self._timed.endpoint)
        ids = which(self._timed, table.rows, ranges, self.zone) - self._excused(table)
        if self._timed is not self.entry.stream:
            parents = [table.rows[number] for number in ids]
            ids = children(self.entry.stream, self._table.rows, self._timed, parents) - self._excused(self._table)
        return ids

    def _excused(self, table: Table) -> set[int]:
        """Return the ids of the rows that need not come: those that somebody touched, or that share a key."""
        oddities = self._simulation.case.oddities
        if self.keys_are_unique or (not oddities.churn and oddities.total in ("right", "text")):
            return table.touched
        ids: dict[Any, list[int]] = defaultdict(list)
        for number, row in table.rows.items():
            ids[row.get(table.key)].append(number)
        return table.touched.union(*(numbers for numbers in ids.values() if len(numbers) > 1))
