"""Where a range of time may be cut: at local midnights if the parts are long, and never in an hour that comes twice."""

import math
from collections.abc import Iterator
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from tap_daktela.daktela import clock

LONG = timedelta(days=2)
"""Parts longer than this begin at a midnight of the instance."""

_SECOND = timedelta(seconds=1)
_HALF_A_DAY = timedelta(hours=12)


def borders(start: datetime, end: datetime, count: int, zone: ZoneInfo) -> list[datetime]:
    """Return the instants (UTC) that cut [start, end) into at most `count` parts of about equal length, in order.

    A part has a whole second at least. A border separates rows by their wall-clock text too: no row of one part has the
    text of a row of the other.
    """
    seconds = int((end - start).total_seconds())
    parts = min(count, seconds)
    is_long = parts > 0 and (end - start) / parts > LONG
    found: list[datetime] = []
    for number in range(1, parts):
        wanted = start + timedelta(seconds=seconds * number // parts)
        if is_long:
            wanted = _midnight_near(wanted, zone)
        lowest = found[-1] if found else start
        border = next((one for one in _clean_near(wanted, zone) if lowest < one < end), None)
        if border is not None:
            found.append(border)
    return found


def is_clean(instant: datetime, zone: ZoneInfo) -> bool:
    """Tell whether all readings of the clock before `instant` differ from all readings from then on."""
    return clock.lower_text(instant, zone) == clock.upper_text(instant, zone)


def _midnight_near(instant: datetime, zone: ZoneInfo) -> datetime:
    local = (instant + _HALF_A_DAY).astimezone(zone)
    return clock.resolve(datetime.combine(local.date(), time()), zone)


def _clean_near(instant: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield instants at which a border may be: `instant`, or the end and the beginning of the time that comes twice."""
    if is_clean(instant, zone):
        yield instant
        return
    local = instant.astimezone(zone).replace(tzinfo=None)
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc) for fold in (0, 1))
    for text in (clock.upper_text(late, zone), clock.lower_text(early, zone)):
        yield clock.resolve(datetime.fromisoformat(text), zone)


def parts_for(rows: int, limit: int, share: float) -> int:
    """Return into how many parts `rows` are to be cut, so that even parts have at most that `share` of `limit`."""
    return math.ceil(rows / max(1.0, limit * share))
