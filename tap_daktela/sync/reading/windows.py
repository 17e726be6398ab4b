"""Time windows, as wall-clock text of the instance. Pure: no request, and nothing that asks what time it is.

Daktela compares wall-clock texts, so windows are cut as texts: half-open ranges without overlap or gap, whatever the
zone does. Only the outer bounds of a run are instants; `daktela.clock` turns them into texts.
"""

import math
from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tap_daktela.daktela import clock

PAGES_AIMED_AT = 8
"""Pages that a window should have: few enough to resume soon, enough to waste little on the last page."""

PAGES_AT_MOST = 10
"""A window with more pages is cut further, so that `skip` stays below 10 000 rows."""


class Window(NamedTuple):
    """Wall-clock times from `lower` (inclusive) to `upper` (exclusive), both "YYYY-MM-DD HH:MM:SS"."""

    lower: str
    upper: str

    @property
    def seconds(self) -> int:
        """The length in seconds of wall clock; 0 or less if the window is empty."""
        return int((datetime.fromisoformat(self.upper) - datetime.fromisoformat(self.lower)).total_seconds())


def pieces(window: Window, count: int) -> list[Window]:
    """Cut `window` into at most `count` windows of nearly equal length, each a second or longer."""
    seconds = window.seconds
    if seconds <= 0:
        return []
    count = max(1, min(count, seconds))
    start = datetime.fromisoformat(window.lower)
    edges = [_format(start + timedelta(seconds=seconds * index // count)) for index in range(count)]
    return [Window(*edge) for edge in zip(edges, [*edges[1:], window.upper], strict=True)]


def cut(window: Window, days: float, rows: int, aim: int) -> list[Window]:
    """Cut `window`, which has `rows` rows, into windows of at most `days` days and about `aim` rows each."""
    by_length = math.ceil(window.seconds / _seconds(days))
    return pieces(window, max(by_length, math.ceil(rows / aim)))


def fits(window: Window, days: float) -> bool:
    """Tell whether `window` is no longer than `days`."""
    return window.seconds <= _seconds(days)


def _seconds(days: float) -> int:
    return math.ceil(days * 86_400)


def is_reading(text: str) -> bool:
    """Tell whether `text` is a wall-clock time as Daktela writes it, or a date."""
    try:
        return _format(datetime.fromisoformat(text)) == clock.with_time(text)
    except ValueError:
        return False


def next_second(text: str) -> str:
    """Return the wall-clock time one second after `text`."""
    return _format(datetime.fromisoformat(text) + timedelta(seconds=1))


def instant_before(text: str, zone: ZoneInfo) -> datetime:
    """Return the earliest instant (UTC) at which a clock in `zone` may show `text`.

    A time that occurs twice has two instants. A time that a forward change skips can be counted in two ways.
    """
    moment = datetime.fromisoformat(text)
    return min(moment.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc) for fold in (0, 1))


def _format(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")
