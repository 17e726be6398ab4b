"""Which days were read, and whether as many rows were written as the instance promised.

Windows are cut where the tap wants, so a day may have several, and a window several days. A day never gets a share of
a window's numbers: days of one window are one span with the numbers of the whole window, and windows within one day
are one span with their sum.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

MOST_SPANS = 4_000
"""Spans of all streams on one page. If there are more, neighbours of one state are joined."""

STATES = ("complete", "moved", "unknown", "differs", "unread")
"""What is known of a span, from good to bad.

- `complete`: as many rows as promised were written. - `moved`: not as many, but the endpoint was read to its end: rows
came or went while they were read. - `unknown`: the instance gave no total. - `differs`: not as many, and the endpoint
failed. - `unread`: nothing was read, although it should have been.
"""

_DAY = timedelta(days=1)


@dataclass
class Span:
    """The days from `first` to `last`, in one state. `promised` (None: unknown) and `written` rows of its `windows`."""

    first: date
    last: date
    state: str
    promised: int | None = None
    written: int = 0
    windows: int = 0


@dataclass
class AxisDays:
    """The spans of one stream along one time field. `of_parents`: rows are those that lead to the stream's own."""

    stream: str
    by: str
    begins: str
    ends: str
    of_parents: bool
    spans: list[Span]
    joined: bool = False


def axis_days(document: dict[str, Any]) -> list[AxisDays]:
    """Return the days of every axis of a report. At most about `MOST_SPANS` spans in all."""
    found = [_axis(endpoint, planned) for endpoint in document["endpoints"] for planned in endpoint["ranges"]]
    if sum(len(axis.spans) for axis in found) > MOST_SPANS:
        for axis in found:
            spans = list(_joined(axis.spans))
            axis.joined = len(spans) < len(axis.spans)
            axis.spans = spans
    return found


def _axis(endpoint: dict[str, Any], planned: dict[str, Any]) -> AxisDays:
    windows = [one for one in endpoint["windows"] if one["by"] == planned["by"] and one["from"] is not None]
    spans = list(_spans(endpoint, windows))
    days = list(_days(planned["from"], planned["to"]))
    if endpoint["complete"] and not windows and days:
        spans = [Span(days[0], days[-1], "complete", 0, 0, 1)]  # The instance has no row, and confirmed it.
    read = {day for span in spans for day in _between(span.first, span.last)}
    missing = enumerate(day for day in days if day not in read)
    for _, group in groupby(missing, key=lambda one: one[1].toordinal() - one[0]):  # Days that follow one another.
        run = [day for _, day in group]
        spans.append(Span(run[0], run[-1], "unread"))
    spans.sort(key=lambda span: span.first)
    parents = endpoint["parents"] is not None
    return AxisDays(endpoint["stream"], planned["by"], planned["from"], planned["to"], parents, spans)


def _spans(endpoint: dict[str, Any], windows: Iterable[dict[str, Any]]) -> Iterator[Span]:
    """Yield a span for the windows of the same days."""
    by_days = defaultdict(list)
    for window in windows:
        days = list(_ends(window["from"], window["to"]))
        by_days[days[0], days[-1]].append(window)
    for (first, last), same in by_days.items():
        states = [_state(endpoint, window) for window in same]
        promised = [window["promised"] for window in same]
        known = None if None in promised else sum(promised)
        written = sum(window["written"] for window in same)
        yield Span(first, last, max(states, key=STATES.index), known, written, len(same))


def _state(endpoint: dict[str, Any], window: dict[str, Any]) -> str:
    if window["promised"] is None:
        return "unknown"
    if window["promised"] == window["written"]:
        return "complete"
    return "moved" if endpoint["complete"] else "differs"


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans in which neighbours of one state, within a month, are one."""
    for (state, _), group in groupby(spans, key=lambda span: (span.state, (span.first.year, span.first.month))):
        same = list(group)
        promised = [span.promised for span in same]
        known = None if None in promised else sum(one for one in promised if one is not None)
        written, windows = sum(span.written for span in same), sum(span.windows for span in same)
        yield Span(same[0].first, max(span.last for span in same), state, known, written, windows)


def _ends(lower: str, upper: str) -> tuple[date, date]:
    """Return the first and the last day of a window, whose end is excluded."""
    first = datetime.fromisoformat(lower)
    last = max(first, datetime.fromisoformat(upper) - timedelta(seconds=1))
    return first.date(), last.date()


def _days(lower: str, upper: str) -> Iterator[date]:
    """Yield every day of a range; none if it is empty."""
    if lower < upper:
        yield from _between(*_ends(lower, upper))


def _between(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += _DAY
