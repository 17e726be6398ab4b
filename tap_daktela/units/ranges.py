"""Ranges of time that were read: their union, how far it reaches, and the months it touches. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

Range: TypeAlias = tuple[datetime, datetime]
"""Instants (UTC) from the first (inclusive) to the second (exclusive)."""

_A_DAY = timedelta(days=1)
"""How far a month of an instance's wall clock may lie from one of UTC."""


def joined(ranges: Iterable[Range]) -> list[Range]:
    """Return the union of `ranges` as few of them, in order; those that touch become one."""
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def reached(ranges: Iterable[Range], since: datetime) -> datetime:
    """Return where the unbroken cover of `ranges` from `since` on ends; `since` itself if nothing covers it."""
    return next((end for start, end in joined(ranges) if start <= since < end), since)


def months_near(ranges: Iterable[Range]) -> set[str]:
    """Return the months, such as `2024-01`, that `ranges` may have a part of, in whatever time zone."""
    found = set()
    for start, end in ranges:
        day, last = start - _A_DAY, end + _A_DAY
        while day < last:
            found.add(f"{day:%Y-%m}")
            day = (day.replace(day=1) + timedelta(days=31)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return found
