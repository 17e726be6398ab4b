"""Where time is cut: instants at which the instance's wall-clock texts and the warehouse's instants part alike. Pure.

Around a change of the clock a text names two instants, or none. A cut keeps away from there, so a row is on the same
side of it here and there.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

AWAY = timedelta(hours=3)
"""How far a cut keeps away from a change of the clock. Clocks are put back and forward by less."""

_HOUR, _SECOND = timedelta(hours=1), timedelta(seconds=1)
_HOURS_AROUND = range(-(AWAY // _HOUR), AWAY // _HOUR + 1)


def is_clean(instant: datetime, zone: ZoneInfo) -> bool:
    """Tell whether the clock of `zone` does not change within `AWAY` of `instant`."""
    return len({(instant + hours * _HOUR).astimezone(zone).utcoffset() for hours in _HOURS_AROUND}) == 1


def clean_from(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant (UTC, whole seconds) from `instant` on at which time may be cut."""
    whole = instant.astimezone(timezone.utc).replace(microsecond=0)
    whole += _SECOND if whole < instant else timedelta()
    while not is_clean(whole, zone):
        whole = whole.replace(minute=0, second=0) + _HOUR
    return whole


def clean_until(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the last instant (UTC, whole seconds) up to `instant` at which time may be cut."""
    whole = instant.astimezone(timezone.utc).replace(microsecond=0)
    while not is_clean(whole, zone):
        hour = whole.replace(minute=0, second=0)
        whole = hour if hour < whole else whole - _HOUR
    return whole


def months(lower: datetime, upper: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Cut [`lower`, `upper`) at the local midnights with which months begin."""
    edges, first = [lower], lower.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while first.astimezone(timezone.utc) < upper:
        edge = clean_from(first, zone)
        if edges[-1] < edge < upper:
            edges.append(edge)
        first = (first + timedelta(days=32)).replace(day=1)
    edges.append(upper)
    return [(begin, end) for begin, end in pairwise(edges) if begin < end]


def parts(
    lower: datetime, upper: datetime, times: Sequence[datetime], count: int, zone: ZoneInfo
) -> list[tuple[datetime, datetime]]:
    """Cut [`lower`, `upper`) into at most `count` parts of about equally many of `times`, which ascend.

    The result is one part where time cannot be cut: within a second, or around a change of the clock.
    """
    edges = [lower]
    for number in range(1, count):
        edge = times[len(times) * number // count]
        if edges[-1] < edge < upper and is_clean(edge, zone):
            edges.append(edge)
    edges.append(upper)
    return list(pairwise(edges))
