"""Which days were read, and whether as many rows were written as the instance promised.

Windows are cut where the tap wants, so a day may have several, and a window several days. A day never gets a share of
a window's numbers: days of one window are one span with the numbers of the whole window, and windows within one day
are one span with their sum. A day of which only a part was read is in a span that says so, too.
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
failed. - `unread`: these days, or a part of them, should have been read and were not.
"""


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
    windows = [one for one in endpoint["windows"] if one["by"] == planned["by"] and _is_within(one, planned)]
    spans = [*_spans(endpoint, windows), *_holes(planned, windows)]
    if endpoint["complete"] and not windows:
        for span in spans:  # The instance has no row, and confirmed it.
            span.state, span.promised, span.windows = "complete", 0, 1
    spans.sort(key=lambda span: span.first)
    parents = endpoint["parents"] is not None
    return AxisDays(endpoint["stream"], planned["by"], planned["from"], planned["to"], parents, spans)


def _is_within(window: dict[str, Any], planned: dict[str, Any]) -> bool:
    """Tell whether a window is one of time, and of the range: before it, only anonymised rows were read again."""
    return window["from"] is not None and window["to"] > planned["from"]


def _holes(planned: dict[str, Any], windows: Iterable[dict[str, Any]]) -> Iterator[Span]:
    """Yield a span for each part of the range that no window covers. Pieces by key cover theirs with the last one."""
    at = planned["from"]
    for window in sorted(windows, key=lambda one: one["from"]):
        if at < window["from"]:
            yield Span(*_ends(at, window["from"]), "unread")
        if window["up_to"] is None:
            at = max(at, window["to"])
    if at < planned["to"]:
        yield Span(*_ends(at, planned["to"]), "unread")


def _spans(endpoint: dict[str, Any], windows: Iterable[dict[str, Any]]) -> Iterator[Span]:
    """Yield a span for the windows of the same days."""
    by_days = defaultdict(list)
    for window in windows:
        by_days[_ends(window["from"], window["to"])].append(window)
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
