"""What states say of one stream: which ranges were written, up to where, and how many rows were flagged in which month.

A unit lists the months that it counted, also those without a flagged row. A daily run leaves those out. What is not
counted counts as 0 here: where more rows are flagged later, the next daily run reads them again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tap_daktela.daktela import clock
from tap_daktela.units.ranges import Range, joined, months_near, reached


@dataclass(frozen=True)
class StreamPart:
    """What one state says of one stream.

    - `since`: the instant from which on the stream was to be read; None where the state does not say it.
    - `windows`: the ranges that were written, for each axis.
    - `bookmarks`: the instant up to which each axis was written, from `since` on.
    - `counts`: numbers of flagged rows by month, under the name of the flag; `numbers`: table versions.
    """

    since: datetime | None = None
    windows: Mapping[str, Sequence[Range]] = field(default_factory=dict)
    bookmarks: Mapping[str, datetime] = field(default_factory=dict)
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)

    def cover(self, axis: str) -> list[Range]:
        """Return all that was written along `axis`."""
        mark = self.bookmarks.get(axis)
        by_bookmark = [] if mark is None or self.since is None else [(self.since, mark)]
        return joined([*self.windows.get(axis, ()), *by_bookmark])

    @property
    def axes(self) -> set[str]:
        """The axes of which the state says anything."""
        return {*self.windows, *self.bookmarks}

    def months(self, flag: str) -> dict[str, int]:
        """Return how many rows were flagged in each month from which rows were written."""
        ahead = [axis for axis, mark in self.bookmarks.items() if self._is_ahead(axis, mark)]
        uncounted = self.axes if flag not in self.counts else ahead
        months = months_near(each for axis in uncounted for each in self.cover(axis))
        return dict.fromkeys(months, 0) | dict(self.counts.get(flag, {}))

    def _is_ahead(self, axis: str, mark: datetime) -> bool:
        """Tell whether a daily run moved the bookmark of `axis` since it was merged."""
        return self.since is not None and mark > reached(self.windows.get(axis, ()), self.since)

    def as_state(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Return the bookmarks of the stream, and its part of `backfill`; None if it has none."""
        marks = {axis: clock.utc_text(mark) for axis, mark in sorted(self.bookmarks.items())}
        counts = {flag: dict(sorted(months.items())) for flag, months in sorted(self.counts.items())}
        if self.since is None:
            return {**marks, **counts, **self.numbers}, None
        windows = {
            axis: [[clock.utc_text(start), clock.utc_text(end)] for start, end in ranges]
            for axis, ranges in sorted(self.windows.items())
        }
        return {**marks, **counts, **self.numbers}, {"since": clock.utc_text(self.since), "windows": windows}


def merged(parts: Sequence[StreamPart]) -> StreamPart:
    """Return what several states say together; `since` is known of all that have bookmarks.

    A bookmark is where the unbroken cover from the earliest `since` ends. A number of rows is that of a month only if
    all states that wrote rows of the month have the same.
    """
    begun = [part.since for part in parts if part.since is not None]
    since = min(begun, default=None)
    windows = {axis: joined(each for part in parts for each in part.cover(axis)) for axis in _all(parts, "axes")}
    flags = _all(parts, "counts")
    numbers = _all(parts, "numbers")
    return StreamPart(
        since,
        windows,
        {} if since is None else {axis: reached(ranges, since) for axis, ranges in windows.items()},
        {flag: _agreed([part.months(flag) for part in parts]) for flag in flags},
        {name: max(part.numbers[name] for part in parts if name in part.numbers) for name in numbers},
    )


def _all(parts: Iterable[StreamPart], what: str) -> list[str]:
    """Return the names that any of `parts` has of axes, counts or numbers."""
    return sorted({name for part in parts for name in getattr(part, what)})


def _agreed(counted: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the numbers of the months; 0, which is nobody's number of flagged rows, where they differ."""
    found: dict[str, int] = {}
    for months in counted:
        for month, count in months.items():
            found[month] = count if found.get(month, count) == count else 0
    return found
