"""Time windows, in the instance's own wall-clock text: pure, without a clock or a request.

Daktela compares wall-clock texts, so windows are cut as texts: half-open ranges that neither overlap nor leave a gap,
whatever the zone does. Only the outer bounds of a run are instants; `daktela.clock` gives their texts.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

PAGES_AIMED_AT = 8
"""How many pages a window should hold: few enough to resume soon, enough to waste little on its last page."""

PAGES_AT_MOST = 10
"""Above that many pages a window is cut further, so that `skip` stays below 10 000 rows."""


class Window(NamedTuple):
    """Readings of the clock from `lower` up to, but without, `upper`, both "YYYY-MM-DD HH:MM:SS"."""

    lower: str
    upper: str

    @property
    def seconds(self) -> int:
        """The length in seconds of wall clock; 0 or less if the window is empty."""
        return int((_parse(self.upper) - _parse(self.lower)).total_seconds())


def pieces(window: Window, count: int) -> list[Window]:
    """Cut `window` into at most `count` windows of nearly equal length, each a second or longer."""
    seconds = window.seconds
    if seconds <= 0:
        return []
    count = max(1, min(count, seconds))
    start = _parse(window.lower)
    edges = [_format(start + timedelta(seconds=seconds * index // count)) for index in range(count)]
    return [Window(*edge) for edge in zip(edges, [*edges[1:], window.upper], strict=True)]


def cut(window: Window, days: float, rows: int, aim: int) -> list[Window]:
    """Cut `window` into windows of at most `days`, and of about `aim` rows if it holds `rows` in an even flow."""
    by_length = math.ceil(window.seconds / _seconds(days))
    return pieces(window, max(by_length, math.ceil(rows / aim)))


def fits(window: Window, days: float) -> bool:
    """Tell whether `window` is no longer than `days`."""
    return window.seconds <= _seconds(days)


def _seconds(days: float) -> int:
    return math.ceil(days * 86_400)


def is_reading(text: str) -> bool:
    """Tell whether `text` is a reading of the clock as Daktela writes it."""
    try:
        return _format(_parse(text)) == text
    except ValueError:
        return False


def next_second(text: str) -> str:
    """Return the reading one second after `text`."""
    return _format(_parse(text) + timedelta(seconds=1))


def instant_before(text: str, zone: ZoneInfo) -> datetime:
    """Return an instant (UTC) before which no clock in `zone` shows `text` or more: the earlier one of two.

    A reading that occurs twice has two instants; one that a forward change skips can be reckoned in two ways.
    """
    moment = _parse(text)
    return min(moment.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc) for fold in (0, 1))


def _parse(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _format(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")
